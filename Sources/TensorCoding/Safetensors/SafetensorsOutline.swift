public import Tensors

/// What the header of a safetensors file says, read before the tensors are there.
///
/// Whoever reads the file later can use it again (``SafetensorsFile/init(storage:limits:)``).
public final class SafetensorsOutline: Sendable {
  /// One tensor.
  public struct Entry: Sendable {
    /// The tensor's name.
    public let name: String
    /// Its element type; nil if nothing here can read it.
    public let dtype: DType?
    /// Its dimensions.
    public let shape: Shape
    /// Where its bytes will lie in the file.
    public let byteRange: Range<Int>
  }

  /// The tensors in the order of the header.
  public let entries: [Entry]
  /// The entries of `__metadata__` in the order of the header.
  public var metadata: [(key: String, value: String)] { header.metadata }
  let header: SafetensorsHeader
  /// The size of the file with all of its tensors.
  public let fileByteCount: Int

  /// How many bytes of a file the header and its length take.
  ///
  /// - Parameters:
  ///   - start: The beginning of the file.
  ///   - fileByteCount: The size of the whole file; nil if nobody has told it.
  ///   - limits: What the header may cost.
  /// - Returns: Nil as long as too little of the file is there to tell.
  /// - Throws: A ``CodingError`` where no file can begin so.
  public static func byteCount(
    from start: RawSpan, fileByteCount: Int?, limits: CodingLimits
  ) throws(CodingError) -> Int? {
    let prefix = SafetensorsHeader.lengthByteCount
    guard start.byteCount >= prefix else { return nil }
    return prefix
      + (try SafetensorsHeader.headerLength(start, fileByteCount: fileByteCount, limits: limits))
  }

  /// Reads a header that is there as a whole.
  ///
  /// - Parameters:
  ///   - start: The beginning of the file, at least what ``byteCount(from:fileByteCount:limits:)`` says.
  ///   - fileByteCount: The size of the whole file; nil if nobody has told it, and it must be what
  ///     the header says.
  ///   - limits: What the header may cost.
  /// - Throws: A ``CodingError`` as ``SafetensorsFile`` throws it.
  public init(
    _ start: RawSpan, fileByteCount: Int?, limits: CodingLimits
  ) throws(CodingError) {
    let header = try SafetensorsHeader(start, fileByteCount: fileByteCount, limits: limits)
    entries = header.entries.map {
      Entry(
        name: $0.name, dtype: DType(rawValue: $0.dtype.rawValue), shape: $0.shape,
        byteRange: header.fileRange(of: $0))
    }
    self.header = header
    self.fileByteCount = header.fileByteCount
  }
}
