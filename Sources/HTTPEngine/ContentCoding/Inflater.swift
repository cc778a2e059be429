internal import CZlib

/// Undoes a content coding piece by piece, within limits.
///
/// It takes no memory beside zlib's 40 KiB: what comes out goes where the caller says.
public struct Inflater: ~Copyable {
  /// The coding that is undone.
  public let coding: ContentEncoding
  private let limits: InflationLimits
  private var stream: ZlibStream
  /// Bytes that went in so far.
  public private(set) var consumed = 0
  /// Bytes that came out so far.
  public private(set) var produced = 0
  /// Whether the content may end here.
  public private(set) var isAtEnd = false

  /// Begins.
  ///
  /// - Parameters:
  ///   - coding: The coding to undo; identity stands for a bare stream of RFC 1951.
  ///   - limits: How much may come out.
  /// - Throws: `outOfMemory`.
  public init(_ coding: ContentEncoding, limits: InflationLimits) throws(ContentCodingError) {
    guard let stream = ZlibStream(inflating: coding) else {
      throw ContentCodingError(.outOfMemory, coding)
    }
    self.coding = coding
    self.limits = limits
    self.stream = stream
  }

  /// Inflates what fits into `output`, which should have room for something.
  ///
  /// - Parameters:
  ///   - input: The next coded bytes; those not consumed come again in the next call.
  ///   - output: Where bytes go, from the first on.
  /// - Returns: What was done; nothing, if more input is needed.
  /// - Throws: What is wrong with the content, or that it is too large.
  public mutating func inflate(
    _ input: RawSpan, into output: inout MutableRawSpan
  ) throws(ContentCodingError) -> CodingProgress {
    if input.byteCount > 0 { try begin(firstByte: input) }
    guard !isAtEnd else { return CodingProgress(consumed: 0, produced: 0, isAtEnd: true) }
    let step = stream.inflate(input, into: &output)
    consumed += step.consumed
    produced += step.produced
    // The limits come first: what is too large is too large, whatever follows.
    try checkLimits()
    switch step.code {
    // "Buffer error" only says that nothing could be done without more input or output.
    case Z_OK, Z_BUF_ERROR: break
    case Z_STREAM_END: isAtEnd = true
    case Z_NEED_DICT: throw fault(.dictionaryNeeded)
    case Z_MEM_ERROR: throw fault(.outOfMemory)
    default: throw fault(.malformed)
    }
    return CodingProgress(consumed: step.consumed, produced: step.produced, isAtEnd: isAtEnd)
  }

  /// Says that no more input comes.
  ///
  /// - Throws: `truncated` unless the content may end here.
  public func finish() throws(ContentCodingError) {
    guard isAtEnd else { throw fault(.truncated) }
  }

  /// Looks at the byte that begins the content, or what follows its end.
  private mutating func begin(firstByte input: RawSpan) throws(ContentCodingError) {
    guard consumed == 0 || isAtEnd else { return }
    // In bounds: the caller has seen that there is a byte, and any byte is a UInt8.
    let first = unsafe input.unsafeLoad(fromByteOffset: 0, as: UInt8.self)
    if isAtEnd {
      // Members of gzip may follow one another (RFC 1952 §2.2).
      guard coding == .gzip, first == 0x1F else { throw fault(.trailingBytes) }
      isAtEnd = false
      guard stream.restart(windowBits: coding.windowBits) else { throw fault(.outOfMemory) }
    } else if coding == .deflate, first & 0x0F != 8 {
      // RFC 1950 §2.2 begins with the method 8. In RFC 1951 such a byte would begin a stored block
      // whose padding is not zero, which no encoder writes.
      let raw = ContentEncoding.identity.windowBits
      guard stream.restart(windowBits: raw) else { throw fault(.outOfMemory) }
    }
  }

  private func checkLimits() throws(ContentCodingError) {
    guard produced > limits.allowance(consumed: consumed) else { return }
    guard produced <= limits.maximumBytes else {
      throw fault(.tooLarge, limitBytes: limits.maximumBytes)
    }
    throw fault(.ratioExceeded, limitBytes: limits.proportion(to: consumed))
  }

  private func fault(_ code: ContentCodingError.Code, limitBytes: Int? = nil) -> ContentCodingError
  {
    ContentCodingError(code, coding, offset: consumed, limitBytes: limitBytes)
  }
}
