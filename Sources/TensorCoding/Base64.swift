import CSimdjson

/// RFC 4648 section 4, strictly: no whitespace, padding required, unused bits zero.
public enum Base64 {
  /// The number of characters that encode a number of bytes.
  ///
  /// - Parameter byteCount: At least 0.
  /// - Returns: A multiple of 4.
  public static func encodedByteCount(_ byteCount: Int) -> Int { (byteCount + 2) / 3 * 4 }

  /// The number of bytes that well-formed text decodes to, found without decoding it.
  ///
  /// - Parameter text: The characters, ASCII.
  /// - Returns: What the length and the padding promise.
  public static func decodedByteCount(_ text: RawSpan) -> Int {
    // Looks at the last two bytes only.
    unsafe text.withUnsafeBytes { unsafe vflow_base64_decoded_size($0.baseAddress, $0.count) }
  }

  /// Decodes text into memory of just the right size.
  ///
  /// - Parameters:
  ///   - text: The characters, ASCII.
  ///   - bytes: As many bytes as ``decodedByteCount(_:)`` says.
  /// - Throws: A ``CodingError`` whose offset is the first character at fault.
  public static func decode(
    _ text: RawSpan, into bytes: inout MutableRawSpan
  ) throws(CodingError) {
    precondition(bytes.byteCount == decodedByteCount(text), "the output has the decoded size")
    var offset = 0
    // Reads the text and writes exactly the decoded size, which was compared with the output's.
    let status = unsafe text.withUnsafeBytes { source in
      unsafe bytes.withUnsafeMutableBytes { target in
        unsafe vflow_base64_decode(source.baseAddress, source.count, target.baseAddress, &offset)
      }
    }
    guard let code = CodingError.Code(status) else { return }
    throw CodingError(code, .base64, offset: offset)
  }

  /// Decodes a string.
  ///
  /// - Parameter text: The characters.
  /// - Returns: The bytes.
  /// - Throws: A ``CodingError`` whose offset is the first character at fault.
  public static func decode(_ text: String) throws(CodingError) -> [UInt8] {
    // Bytes have no padding between them.
    let source = unsafe text.utf8Span.span.bytes
    var bytes = [UInt8](repeating: 0, count: decodedByteCount(source))
    var elements = bytes.mutableSpan
    var target = unsafe elements.mutableBytes
    try decode(source, into: &target)
    return bytes
  }

  /// Encodes bytes with padding.
  ///
  /// - Parameter bytes: Any bytes.
  /// - Returns: The characters.
  public static func encode(_ bytes: RawSpan) -> String {
    let count = encodedByteCount(bytes.byteCount)
    // The encoder writes just the characters that the capacity counts.
    return unsafe String(unsafeUninitializedCapacity: count) { target in
      unsafe bytes.withUnsafeBytes { source in
        unsafe vflow_base64_encode(source.baseAddress, source.count, target.baseAddress)
      }
      return count
    }
  }
}

extension CodingError.Code {
  fileprivate init?(_ status: vflow_base64_status) {
    switch status {
    case VFLOW_BASE64_OK: return nil
    case VFLOW_BASE64_INVALID_LENGTH: self = .invalidBase64Length
    case VFLOW_BASE64_INVALID_PADDING: self = .invalidBase64Padding
    case VFLOW_BASE64_TRAILING_BITS: self = .base64TrailingBits
    default: self = .invalidBase64Character
    }
  }
}
