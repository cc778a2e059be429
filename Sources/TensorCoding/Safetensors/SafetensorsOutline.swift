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
  /// How many bytes of the file the header and its length take.
  public var byteCount: Int { start.count }
  let header: SafetensorsHeader
  /// The size of the file with all of its tensors.
  public let fileByteCount: Int
  /// The header and its length as they were read.
  private let start: [UInt8]

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
    // In bounds: the header has just been read.
    self.start = unsafe start.extracting(first: header.dataOffset)
      .withUnsafeBytes { unsafe [UInt8]($0) }
  }

  /// Whether another file has the same header.
  ///
  /// What a header means depends on its bytes and on the size of the file alone.
  ///
  /// - Parameters:
  ///   - file: The beginning of the other file, or all of it.
  ///   - fileByteCount: Its size.
  /// - Returns: True only if all bytes of the header are there and are the same.
  public func describes(_ file: RawSpan, fileByteCount: Int) -> Bool {
    guard fileByteCount == self.fileByteCount, file.byteCount >= start.count else { return false }
    // Bytes have no padding, and the pointers are used inside the closures only.
    return unsafe start.withUnsafeBytes { own in
      unsafe file.extracting(first: own.count).withUnsafeBytes { other in
        (0..<own.count / 8).allSatisfy { word in
          unsafe own.loadUnaligned(fromByteOffset: 8 * word, as: UInt64.self)
            == other.loadUnaligned(fromByteOffset: 8 * word, as: UInt64.self)
        }
          && (own.count & ~7..<own.count).allSatisfy { unsafe own[$0] == other[$0] }
      }
    }
  }
}
