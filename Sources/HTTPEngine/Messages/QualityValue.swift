/// A weight between 0 and 1 with three decimals (RFC 9110 section 12.4.2).
public struct QualityValue: Sendable, Hashable, Comparable {
  /// The weight in thousandths, 0 to 1000.
  public let thousandths: UInt16

  /// Wraps a weight; clamps to 1000.
  public init(thousandths: UInt16) { self.thousandths = min(thousandths, 1000) }

  /// Fully acceptable.
  public static let full = QualityValue(thousandths: 1000)
  /// Not acceptable.
  public static let zero = QualityValue(thousandths: 0)

  /// Reads `0`, `0.5`, `1.000`; nil for anything outside the grammar, such as `2` or `.5`.
  public init?(parsing text: String) {
    let bytes = Array(text.utf8)
    guard let first = bytes.first, first == UInt8(ascii: "0") || first == UInt8(ascii: "1"),
      bytes.count <= 5, bytes.count == 1 || bytes[1] == UInt8(ascii: ".")
    else { return nil }
    var value = UInt16(first - UInt8(ascii: "0"))
    for index in 2..<5 {
      let digit = index < bytes.count ? bytes[index] : UInt8(ascii: "0")
      guard digit >= UInt8(ascii: "0"), digit <= UInt8(ascii: "9") else { return nil }
      value = value * 10 + UInt16(digit - UInt8(ascii: "0"))
    }
    guard value <= 1000 else { return nil }
    thousandths = value
  }

  /// Orders by weight.
  public static func < (left: QualityValue, right: QualityValue) -> Bool {
    left.thousandths < right.thousandths
  }
}
