/// A JSON value; arrays of numbers stay packed, whatever their rank.
public enum JSONValue: Sendable {
  /// `null`.
  case null
  /// `true` or `false`.
  case bool(Bool)
  /// A number outside packed arrays.
  case number(JSONNumber)
  /// A string without its escapes.
  case string(String)
  /// The value of `base64`, if it is long and has no escapes; only of documents in storage.
  case text(JSONText)
  /// An array that is empty, ragged or not all numbers.
  case array([JSONValue])
  /// An object.
  case object(JSONObject)
  /// A rectangular, not empty array of numbers or of such arrays.
  case numbers(PackedNumbers)

  /// The type in the words of the JSON specification.
  public var typeName: String {
    switch self {
    case .null: "null"
    case .bool: "boolean"
    case .number: "number"
    case .string, .text: "string"
    case .array, .numbers: "array"
    case .object: "object"
    }
  }

  /// The elements of an array, packed or not; nil for other values.
  ///
  /// - Complexity: O(*elements*), one level deep; meant for short arrays.
  public var elements: [JSONValue]? {
    switch self {
    case .array(let values): values
    case .numbers(let numbers): numbers.elements
    default: nil
    }
  }
}

/// A number of a JSON document.
public struct JSONNumber: Sendable, Equatable {
  /// The nearest binary64.
  public let double: Double
  /// The exact value, where the number was written as an integer that fits.
  public let integer: Int64?

  static let negativeZero = JSONNumber(double: -0.0, integer: 0)
}

extension JSONNumber {
  /// Makes a number that was not written as an integer.
  public init(_ double: Double) { self.init(double: double, integer: nil) }

  /// Makes an integer.
  public init(_ integer: Int64) { self.init(double: Double(integer), integer: integer) }
}

/// The members of an object, in the order of the document.
public struct JSONObject: Sendable {
  /// All members; no key occurs twice.
  public let members: [(key: String, value: JSONValue)]

  /// The value of a member.
  ///
  /// - Complexity: O(*members*).
  public subscript(key: String) -> JSONValue? {
    members.first { $0.key.hasSameBytes(as: key) }?.value
  }

  /// The keys that are not among `known`, in the order of the document.
  ///
  /// - Parameters:
  ///   - known: The keys that the caller reads.
  ///   - limit: The most keys to list.
  /// - Returns: At most `limit` keys.
  public func unknownKeys(besides known: [String], limit: Int = 16) -> [String] {
    var unknown: [String] = []
    for (key, _) in members where !known.contains(where: { key.hasSameBytes(as: $0) }) {
      guard unknown.count < limit else { break }
      unknown.append(key)
    }
    return unknown
  }
}

extension String {
  /// Equality of keys: Swift's own takes different spellings of a letter for the same.
  fileprivate func hasSameBytes(as other: String) -> Bool {
    // Strings of the same bytes are equal in Swift's sense, too, which most are not.
    guard utf8.count == other.utf8.count, self == other else { return false }
    let (own, others) = (utf8Span.span, other.utf8Span.span)
    return own.indices.allSatisfy { own[$0] == others[$0] }
  }
}
