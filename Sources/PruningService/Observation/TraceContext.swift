/// The trace that a request belongs to: a valid `traceparent` field (W3C Trace Context §3.2).
struct TraceContext: Sendable, Hashable {
  /// The field's value, which the answer repeats.
  let text: String

  /// Takes a field value; nil unless it has the form of version 00 and names a trace and a span.
  init?(_ text: String) {
    let bytes = Array(text.utf8)
    guard bytes.count == Self.length, bytes[0] == 0x30, bytes[1] == 0x30 else { return nil }
    for (index, byte) in bytes.enumerated() {
      let isDash = index == 2 || index == 35 || index == 52
      guard isDash ? byte == 0x2D : Self.isDigit(byte) else { return nil }
    }
    guard bytes[Self.trace].contains(where: Self.isNotZero),
      bytes[Self.span].contains(where: Self.isNotZero)
    else { return nil }
    self.text = text
  }

  /// The 32 digits of the trace's identifier.
  var traceID: String { String(text.dropFirst(3).prefix(32)) }

  /// The 16 digits of the caller's span.
  var spanID: String { String(text.dropFirst(36).prefix(16)) }

  /// Whether the caller records its part of the trace, so that ours is wanted too.
  var isSampled: Bool {
    let digits = text.utf8.suffix(1)
    // The lowest bit of a hexadecimal digit is that of its code for 0 to 9, and the opposite for a
    // to f.
    return digits.contains { ($0 & 1 == 1) == ($0 < 0x3A) }
  }

  private static let length = 55
  private static let trace = 3..<35
  private static let span = 36..<52

  private static func isDigit(_ byte: UInt8) -> Bool {
    (0x30...0x39).contains(byte) || (0x61...0x66).contains(byte)
  }

  private static func isNotZero(_ byte: UInt8) -> Bool { byte != 0x30 }
}
