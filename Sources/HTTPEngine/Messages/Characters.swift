/// The character classes of RFC 9110 §5.6 and RFC 3986 §2, as bit masks over ASCII.
enum Characters {
  /// A set of ASCII characters: bit n of `low` stands for byte n, of `high` for byte 64 + n.
  struct Class {
    let low: UInt64
    let high: UInt64

    @inline(__always)
    func contains(_ byte: UInt8) -> Bool {
      guard byte < 128 else { return false }
      return ((byte < 64 ? low : high) >> UInt64(byte & 63)) & 1 == 1
    }
  }

  /// tchar: letters, digits and !#$%&'*+-.^_`|~ (RFC 9110 §5.6.2).
  static var token: Class { Class(low: 0x03FF_6CFA_0000_0000, high: 0x57FF_FFFF_C7FF_FFFE) }

  /// What a target may hold: pchar, "/", "?" and "%" (RFC 3986 §3.3, §3.4).
  static var target: Class { Class(low: 0xAFFF_FFF2_0000_0000, high: 0x47FF_FFFE_87FF_FFFF) }

  /// What a registered name may hold: unreserved, sub-delims and "%" (RFC 3986 §3.2.2).
  static var host: Class { Class(low: 0x2BFF_7FF2_0000_0000, high: 0x47FF_FFFE_87FF_FFFE) }

  /// Field values: everything but control characters, tab excepted (RFC 9110 §5.5).
  @inline(__always)
  static func isFieldValue(_ byte: UInt8) -> Bool {
    byte >= 0x20 ? byte != 0x7F : byte == 0x09
  }

  @inline(__always)
  static func isDigit(_ byte: UInt8) -> Bool { byte &- 0x30 < 10 }

  /// The value of a hexadecimal digit; nil for any other byte.
  @inline(__always)
  static func hexValue(_ byte: UInt8) -> UInt8? {
    if isDigit(byte) { return byte &- 0x30 }
    let letter = (byte | 0x20) &- 0x61
    return letter < 6 ? letter &+ 10 : nil
  }

  @inline(__always)
  static func lowercased(_ byte: UInt8) -> UInt8 {
    byte &- 0x41 < 26 ? byte | 0x20 : byte
  }

  @inline(__always)
  static func isWhitespace(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 }

  static func isToken(_ bytes: Span<UInt8>) -> Bool {
    !bytes.isEmpty && endOfToken(in: bytes, from: 0) == bytes.count
  }

  static func isFieldValue(_ bytes: Span<UInt8>) -> Bool {
    endOfFieldValue(in: bytes, from: 0) == bytes.count
  }

  /// Where the first byte is that no token holds, or the end.
  @inline(__always)
  static func endOfToken(in bytes: Span<UInt8>, from start: Int) -> Int {
    var index = start
    while index < bytes.count, token.contains(bytes[index]) { index += 1 }
    return index
  }

  /// Where the first byte is that no field value holds, or the end.
  @inline(__always)
  static func endOfFieldValue(in bytes: Span<UInt8>, from start: Int) -> Int {
    // Bytes are initialised and any eight of them are a number; the span checks that there are eight.
    let raw = unsafe bytes.bytes
    var index = start
    while index < bytes.count {
      if index + 8 <= bytes.count,
        isVisible(unsafe raw.unsafeLoadUnaligned(fromByteOffset: index, as: UInt64.self))
      {
        index += 8
      } else {
        guard isFieldValue(bytes[index]) else { return index }
        index += 1
      }
    }
    return index
  }

  /// Whether none of eight bytes can be a control character; false says only that one may be.
  @inline(__always)
  private static func isVisible(_ word: UInt64) -> Bool {
    let ones: UInt64 = 0x0101_0101_0101_0101
    // The top bit of a byte is set by the subtraction if the byte is below 0x20, or is 0x7F.
    let low = (word &- ones &* 0x20) & ~word
    let other = word ^ (ones &* 0x7F)
    let delete = (other &- ones) & ~other
    return (low | delete) & (ones &* 0x80) == 0
  }

  /// Compares with a lower-case name, without regard to the case of `bytes`.
  @inline(__always)
  static func equals(_ bytes: Span<UInt8>, _ name: StaticString) -> Bool {
    guard bytes.count == name.utf8CodeUnitCount else { return false }
    // As many bytes as the name has, checked above; a static string lives for ever.
    let text = unsafe name.utf8Start
    for index in bytes.indices where unsafe lowercased(bytes[index]) != text[index] {
      return false
    }
    return true
  }

  /// Where a byte first occurs.
  static func firstIndex(of byte: UInt8, in bytes: Span<UInt8>, from start: Int = 0) -> Int? {
    var index = start
    while index < bytes.count {
      if bytes[index] == byte { return index }
      index += 1
    }
    return nil
  }

  /// The range without spaces and tabs at both ends.
  static func trimmed(_ range: Range<Int>, of bytes: Span<UInt8>) -> Range<Int> {
    var lower = range.lowerBound
    var upper = range.upperBound
    while lower < upper, isWhitespace(bytes[lower]) { lower += 1 }
    while upper > lower, isWhitespace(bytes[upper - 1]) { upper -= 1 }
    return lower..<upper
  }
}
