/// A form of log records: one line each.
public protocol LogFormatter: Sendable {
  /// Appends a record and its line feed.
  func append(_ record: LogRecord, to line: inout [UInt8])
}

/// The length that string values are cut to, so that a line stays within what pipes take whole.
let maximumLogValueBytes = 512

extension [UInt8] {
  mutating func append(_ text: String) { append(contentsOf: text.utf8) }

  /// Appends text as JSON string content: quotes, backslashes and controls escaped.
  mutating func appendEscaped(_ text: String) {
    // Nearly every value is short plain ASCII, and one of these is written for every request.
    if text.utf8.count <= maximumLogValueBytes, text.utf8.allSatisfy(Self.isPlain) {
      return append(text)
    }
    var room = maximumLogValueBytes
    for scalar in text.unicodeScalars {
      room -= scalar.utf8.count
      guard room >= 0 else { return append("…") }
      switch scalar {
      case "\"": append("\\\"")
      case "\\": append("\\\\")
      case "\n": append("\\n")
      case "\r": append("\\r")
      case "\t": append("\\t")
      case "\0"..<" ", "\u{7F}"..<"\u{A0}", "\u{2028}", "\u{2029}": appendUnicodeEscape(scalar)
      default: append(contentsOf: scalar.utf8)
      }
    }
  }

  private static func isPlain(_ byte: UInt8) -> Bool {
    (0x20..<0x7F).contains(byte) && byte != UInt8(ascii: "\"") && byte != UInt8(ascii: "\\")
  }

  // Every escaped scalar has at most four hexadecimal digits.
  private mutating func appendUnicodeEscape(_ scalar: Unicode.Scalar) {
    let digits = String(scalar.value, radix: 16)
    append("\\u" + String(repeating: "0", count: 4 - digits.utf8.count) + digits)
  }
}
