/// Why bytes or values were refused, and where.
public struct CodingError: Error, Equatable, Sendable {
  /// The format whose rules were broken.
  public enum Format: String, Sendable {
    /// RFC 8259.
    case json
    /// The safetensors container.
    case safetensors
    /// RFC 4648, section 4.
    case base64
  }

  /// What kind of answer an error deserves.
  public enum Fault: Sendable {
    /// The bytes break the rules of their format, or a number does not fit.
    case malformed
    /// The format is respected, but the values are not what is asked for.
    case invalid
    /// The tensor is well formed, but of an element type that this library does not carry.
    case unsupportedDType
    /// Too large for the limits in force.
    case tooLarge
  }

  /// What is wrong.
  public let code: Code
  /// The format whose rules were broken.
  public let format: Format
  /// The byte where the fault shows, counted from the start of the document, file or base64 text.
  public var offset: Int?
  /// The JSON value in question; in a safetensors file relative to its header.
  public var pointer: JSONPointer?
  /// The tensor in question.
  public var tensor: String?
  /// The element in question, row-major.
  public var index: Int?
  /// The dimensions that were promised, with ``Code/shapeMismatch``.
  public var expectedDimensions: [Int]?
  /// The dimensions that were found, one for flat data; nil where they are no whole number.
  public var actualDimensions: [Int]?
  /// The dtype as written, or the kind of value that was expected.
  public var expectation: String?

  /// Makes an error.
  public init(_ code: Code, _ format: Format, offset: Int? = nil, pointer: JSONPointer? = nil) {
    self.code = code
    self.format = format
    self.offset = offset
    self.pointer = pointer
  }

  /// What kind of answer the error deserves.
  public var fault: Fault { code.fault }

  /// Compares codes only: the context is for people.
  public static func == (left: CodingError, right: CodingError) -> Bool { left.code == right.code }

  func with(pointer: JSONPointer) -> CodingError {
    var copy = self
    copy.pointer = pointer
    return copy
  }

  func with(expected: [Int], actual: [Int]?) -> CodingError {
    var copy = self
    copy.expectedDimensions = expected
    copy.actualDimensions = actual
    return copy
  }

  func with(tensor: String) -> CodingError {
    var copy = self
    copy.tensor = tensor
    return copy
  }

  func with(index: Int) -> CodingError {
    var copy = self
    copy.index = index
    return copy
  }

  func expecting(_ expectation: String) -> CodingError {
    var copy = self
    copy.expectation = expectation
    return copy
  }
}
