/// A media type with its parameters (RFC 9110 section 8.3.1).
public struct MediaType: Sendable, Hashable {
  /// A name in lower case and a value as sent, quotes removed.
  public struct Parameter: Sendable, Hashable {
    /// The name, in lower case.
    public let name: String
    /// The value, its case kept.
    public let value: String

    /// Makes a parameter.
    public init(name: String, value: String) {
      self.name = name.lowercased()
      self.value = value
    }
  }

  /// The part before the slash, in lower case.
  public let type: String
  /// The part after the slash, in lower case.
  public let subtype: String
  /// The parameters in order; no name occurs twice.
  public let parameters: [Parameter]

  /// Makes a media type from its parts.
  public init(_ type: String, _ subtype: String, parameters: [Parameter] = []) {
    self.type = type.lowercased()
    self.subtype = subtype.lowercased()
    self.parameters = parameters
  }

  /// Reads the value of a `Content-Type` field; nil when it is malformed or longer than 2 KiB.
  ///
  /// A repeated parameter is malformed: two readers could pick different ones.
  public init?(parsing value: String) {
    guard value.utf8.count <= FieldValueScanner.longestList else { return nil }
    var scanner = FieldValueScanner(value)
    scanner.skipSpace()
    guard let type = scanner.token(), scanner.take("/"), let subtype = scanner.token(),
      let parameters = scanner.parameters(), scanner.isAtEnd,
      Set(parameters.map(\.name)).count == parameters.count
    else { return nil }
    self.init(type, subtype, parameters: parameters)
  }

  /// Type and subtype without parameters, in lower case.
  public var essence: String { "\(type)/\(subtype)" }

  /// The value of a parameter; names are case-insensitive.
  public subscript(parameter name: String) -> String? {
    let name = name.lowercased()
    return parameters.first { $0.name == name }?.value
  }

  /// The `charset` parameter in lower case.
  public var charset: String? { self[parameter: "charset"]?.lowercased() }

  /// Whether the text is UTF-8, by its `charset` or for want of one; US-ASCII is UTF-8 too.
  public var isUTF8: Bool {
    switch charset {
    case nil, "utf-8", "utf8", "us-ascii": true
    default: false
    }
  }

  /// Whether another media type has the same type and subtype, whatever the parameters.
  public func hasSameEssence(as other: MediaType) -> Bool {
    type == other.type && subtype == other.subtype
  }

  /// `application/json`.
  public static let json = MediaType("application", "json")
  /// `application/problem+json`.
  public static let problemJSON = MediaType("application", "problem+json")
}

extension MediaType: CustomStringConvertible {
  /// The value of a `Content-Type` field.
  public var description: String {
    var text = essence
    for parameter in parameters {
      text += "; \(parameter.name)="
      text += Self.quotedIfNeeded(parameter.value)
    }
    return text
  }

  private static func quotedIfNeeded(_ value: String) -> String {
    var scanner = FieldValueScanner(value)
    if scanner.token() != nil, scanner.isAtEnd { return value }
    var quoted = "\""
    for scalar in value.unicodeScalars {
      if scalar == "\"" || scalar == "\\" { quoted += "\\" }
      quoted.unicodeScalars.append(scalar)
    }
    return quoted + "\""
  }
}
