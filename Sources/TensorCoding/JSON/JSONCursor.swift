/// A JSON value together with its place, so that a refusal can name it.
public struct JSONCursor: Sendable {
  /// The value.
  public let value: JSONValue
  /// Where it stands in the document.
  public let pointer: JSONPointer

  /// Points at a value.
  ///
  /// - Parameters:
  ///   - value: The value.
  ///   - pointer: Where it stands; left out for a whole document.
  public init(_ value: JSONValue, at pointer: JSONPointer = .root) {
    self.value = value
    self.pointer = pointer
  }

  /// Enters an object that may have only the given keys.
  ///
  /// - Parameter keys: The keys that the caller reads; nil allows any.
  /// - Returns: The object with its place.
  /// - Throws: ``CodingError/Code/wrongType``, ``CodingError/Code/unknownField``.
  public func object(allowing keys: [String]?) throws(CodingError) -> JSONObjectCursor {
    guard case .object(let object) = value else { throw wrongType("object") }
    if let keys, let unknown = object.unknownKeys(besides: keys, limit: 1).first {
      throw CodingError(.unknownField, .json, pointer: pointer.appending(unknown))
    }
    return JSONObjectCursor(object, at: pointer)
  }

  /// The elements of an array, each with its place.
  ///
  /// - Throws: ``CodingError/Code/wrongType``.
  public func array() throws(CodingError) -> [JSONCursor] {
    guard let elements = value.elements else { throw wrongType("array") }
    return elements.enumerated().map { JSONCursor($1, at: pointer.appending($0)) }
  }

  /// The string.
  ///
  /// - Throws: ``CodingError/Code/wrongType``.
  public func string() throws(CodingError) -> String {
    switch value {
    case .string(let string): return string
    case .text(let text): return text.string
    default: throw wrongType("string")
    }
  }

  /// The truth value.
  ///
  /// - Throws: ``CodingError/Code/wrongType``.
  public func bool() throws(CodingError) -> Bool {
    guard case .bool(let bool) = value else { throw wrongType("boolean") }
    return bool
  }

  /// The number as a binary64, which is never infinite.
  ///
  /// - Throws: ``CodingError/Code/wrongType``.
  public func double() throws(CodingError) -> Double {
    guard case .number(let number) = value else { throw wrongType("number") }
    return number.double
  }

  /// The number as an integer; it must be written as one.
  ///
  /// - Parameter range: The values that the caller can take.
  /// - Returns: A value in the range.
  /// - Throws: ``CodingError/Code/wrongType``, ``CodingError/Code/valueOutOfRange``.
  public func integer(in range: ClosedRange<Int> = .min ... .max) throws(CodingError) -> Int {
    guard case .number(let number) = value else { throw wrongType("integer") }
    guard let integer = number.integer else {
      // An integer beyond 64 bits is one all the same, and out of any range.
      let isWhole = number.double.rounded() == number.double && number.double.magnitude >= 0x1p63
      throw isWhole ? CodingError(.valueOutOfRange, .json, pointer: pointer) : wrongType("integer")
    }
    guard range.contains(Int(integer)) else {
      throw CodingError(.valueOutOfRange, .json, pointer: pointer)
    }
    return Int(integer)
  }

  private func wrongType(_ expected: String) -> CodingError {
    CodingError(.wrongType, .json, pointer: pointer).expecting(expected)
  }
}

/// An object together with its place.
public struct JSONObjectCursor: Sendable {
  /// The object.
  public let object: JSONObject
  /// Where it stands in the document.
  public let pointer: JSONPointer

  /// Points at an object.
  ///
  /// - Parameters:
  ///   - object: The object.
  ///   - pointer: Where it stands; left out for a whole document.
  public init(_ object: JSONObject, at pointer: JSONPointer = .root) {
    self.object = object
    self.pointer = pointer
  }

  /// A member, if the object has it; `null` counts as a value.
  public subscript(key: String) -> JSONCursor? {
    object[key].map { JSONCursor($0, at: pointer.appending(key)) }
  }

  /// A member that must be there.
  ///
  /// - Parameter key: Its key.
  /// - Returns: Its value with its place.
  /// - Throws: ``CodingError/Code/missingField``, with the pointer that the member would have.
  public func required(_ key: String) throws(CodingError) -> JSONCursor {
    guard let member = self[key] else {
      throw CodingError(.missingField, .json, pointer: pointer.appending(key))
    }
    return member
  }
}
