/// Reads the pieces of which structured field values consist (RFC 9110 section 5.6).
struct FieldValueScanner {
  private let bytes: [UInt8]
  private var position = 0

  init(_ value: String) { bytes = Array(value.utf8) }

  /// The most bytes of a list, in all of its field lines, that are looked at.
  ///
  /// Lists are read on the loop's thread, and no honest one is nearly as long.
  static let longestList = 2048

  /// Reads a list, or what there is room for: only whole elements.
  ///
  /// - Parameters:
  ///   - value: The value of one field line.
  ///   - room: Bytes that may still be looked at.
  init(list value: String, room: inout Int) {
    defer { room -= min(room, value.utf8.count) }
    guard value.utf8.count > room else {
      bytes = Array(value.utf8)
      return
    }
    let start = Array(value.utf8.prefix(room))
    bytes = Array(start[..<(start.lastIndex(of: UInt8(ascii: ",")) ?? 0)])
  }

  var isAtEnd: Bool { position == bytes.count }

  /// Whether a list element may end here.
  var isAtListBoundary: Bool { isAtEnd || bytes[position] == UInt8(ascii: ",") }

  /// Takes one byte if it is next.
  mutating func take(_ expected: Unicode.Scalar) -> Bool {
    guard position < bytes.count, bytes[position] == UInt8(ascii: expected) else { return false }
    position += 1
    return true
  }

  /// Skips optional white space.
  mutating func skipSpace() {
    while position < bytes.count, Self.isSpace(bytes[position]) { position += 1 }
  }

  /// Takes the longest token, nil when there is none.
  mutating func token() -> String? {
    let start = position
    while position < bytes.count, Self.isTokenByte(bytes[position]) { position += 1 }
    return start == position ? nil : String(decoding: bytes[start..<position], as: UTF8.self)
  }

  /// Takes a token or a quoted string, escapes undone; nil when there is neither.
  mutating func tokenOrQuotedString() -> String? {
    guard take("\"") else { return token() }
    var text: [UInt8] = []
    while position < bytes.count {
      var byte = bytes[position]
      position += 1
      if byte == UInt8(ascii: "\"") { return String(validating: text, as: UTF8.self) }
      if byte == UInt8(ascii: "\\") {
        guard position < bytes.count else { return nil }
        byte = bytes[position]
        position += 1
      }
      guard byte >= 0x20 || byte == UInt8(ascii: "\t"), byte != 0x7F else { return nil }
      text.append(byte)
    }
    return nil
  }

  /// Skips to after the next comma outside quotes: the start of the next list element.
  mutating func skipElement() {
    var isQuoted = false
    while position < bytes.count {
      let byte = bytes[position]
      position += 1
      switch byte {
      case UInt8(ascii: ",") where !isQuoted: return
      case UInt8(ascii: "\""): isQuoted.toggle()
      case UInt8(ascii: "\\") where isQuoted: position = min(position + 1, bytes.count)
      default: break
      }
    }
  }

  /// Takes `; name = value` pairs until something else comes; nil when one is malformed.
  ///
  /// Names are lowercased. An empty parameter (`;` alone) is skipped, as RFC 9110 asks.
  mutating func parameters() -> [MediaType.Parameter]? {
    var found: [MediaType.Parameter] = []
    while true {
      skipSpace()
      guard take(";") else { return found }
      skipSpace()
      guard let name = token() else { continue }
      guard take("="), let value = tokenOrQuotedString() else { return nil }
      found.append(MediaType.Parameter(name: name.lowercased(), value: value))
    }
  }

  private static func isSpace(_ byte: UInt8) -> Bool {
    byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t")
  }

  private static func isTokenByte(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"):
      true
    case UInt8(ascii: "!"), UInt8(ascii: "#"), UInt8(ascii: "$"), UInt8(ascii: "%"),
      UInt8(ascii: "&"), UInt8(ascii: "'"), UInt8(ascii: "*"), UInt8(ascii: "+"),
      UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "^"), UInt8(ascii: "_"),
      UInt8(ascii: "`"), UInt8(ascii: "|"), UInt8(ascii: "~"):
      true
    default: false
    }
  }
}
