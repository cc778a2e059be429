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
    [32 of UInt8] { index in
      let word = index < 16 ? high : low
      let nibble = UInt8(truncatingIfNeeded: word >> UInt64(60 - (index & 15) * 4)) & 15
      return nibble < 10 ? 0x30 + nibble : 0x57 + nibble
    }
  }
}
