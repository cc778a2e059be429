/// A line of an answer whose value is another each time: an identifier of 128 bits.
///
/// It stands beside the other fields, so that answers which have all of those in common can share
/// them without a copy.
public struct IdentifierField: Sendable {
  /// The field's name, a token.
  let name: StaticString
  private let high: UInt64
  private let low: UInt64

  /// Names an identifier.
  ///
  /// - Parameters:
  ///   - name: The field's name; must be a token (RFC 9110 §5.6.2).
  ///   - high: The upper half of the number.
  ///   - low: The lower half.
  public init(_ name: StaticString, _ high: UInt64, _ low: UInt64) {
    self.name = name
    self.high = high
    self.low = low
  }

  /// The value: 32 hexadecimal digits in lower case.
  public var digits: [32 of UInt8] { Self.digits(high, low) }

  /// The digits of a number of 128 bits.
  public static func digits(_ high: UInt64, _ low: UInt64) -> [32 of UInt8] {
    let words: [4 of UInt64] = [
      eightDigits(high >> 32), eightDigits(high), eightDigits(low >> 32), eightDigits(low),
    ]
    // Both are 32 bytes without a rule about them.
    return unsafe unsafeBitCast(words, to: [32 of UInt8].self)
  }

  /// The digits of the lower 32 bits, in the order of memory: all eight at once.
  private static func eightDigits(_ number: UInt64) -> UInt64 {
    var nibbles = number & 0xFFFF_FFFF
    nibbles = (nibbles | nibbles << 16) & 0x0000_FFFF_0000_FFFF
    nibbles = (nibbles | nibbles << 8) & 0x00FF_00FF_00FF_00FF
    nibbles = (nibbles | nibbles << 4) & 0x0F0F_0F0F_0F0F_0F0F
    // One in each byte that is more than nine; letters begin 39 places behind where digits end.
    let letters = (nibbles &+ 0x0606_0606_0606_0606) >> 4 & 0x0101_0101_0101_0101
    return (nibbles &+ 0x3030_3030_3030_3030 &+ letters &* 39).bigEndian
  }
}
