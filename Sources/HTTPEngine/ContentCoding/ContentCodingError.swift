/// What is wrong with coded content.
public struct ContentCodingError: Error, Sendable, Equatable {
  /// The kind of fault.
  public enum Code: Sendable, CaseIterable {
    /// The content ends inside the coded stream.
    case truncated
    /// The bytes are no such stream, or the checksum or length at its end is wrong.
    case malformed
    /// Bytes follow the end of the stream.
    case trailingBytes
    /// The stream needs a dictionary that only its sender knows.
    case dictionaryNeeded
    /// What comes out is larger than the limit.
    case tooLarge
    /// What comes out is out of proportion to what went in.
    case ratioExceeded
    /// The system gave no memory.
    case outOfMemory
  }

  /// The kind of fault.
  public let code: Code
  /// The coding.
  public let coding: ContentEncoding
  /// How many coded bytes had been read.
  public let offset: Int
  /// The limit that was exceeded, in bytes that come out.
  public let limitBytes: Int?

  init(_ code: Code, _ coding: ContentEncoding, offset: Int = 0, limitBytes: Int? = nil) {
    self.code = code
    self.coding = coding
    self.offset = offset
    self.limitBytes = limitBytes
  }
}
