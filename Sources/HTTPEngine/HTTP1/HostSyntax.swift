/// The syntax of uri-host [ ":" port ] (RFC 9110 §7.2, RFC 3986 §3.2.2).
///
/// Stricter than the grammar in two points: the host must not be empty (RFC 9110 §4.2.1), and no
/// comma is allowed, which only a merged list of hosts would hold.
enum HostSyntax {
  static func isValid(_ bytes: Span<UInt8>) -> Bool {
    guard !bytes.isEmpty else { return false }
    let hostEnd: Int
    if bytes[0] == UInt8(ascii: "[") {
      guard let close = Characters.firstIndex(of: UInt8(ascii: "]"), in: bytes) else {
        return false
      }
      guard isLiteral(bytes.extracting(1..<close)) else { return false }
      hostEnd = close + 1
    } else {
      hostEnd = Characters.firstIndex(of: UInt8(ascii: ":"), in: bytes) ?? bytes.count
      guard isName(bytes.extracting(0..<hostEnd)) else { return false }
    }
    guard hostEnd < bytes.count else { return true }
    guard bytes[hostEnd] == UInt8(ascii: ":") else { return false }
    return isPort(bytes.extracting(hostEnd + 1..<bytes.count))
  }

  /// An empty port is allowed by the grammar and means the default.
  private static func isPort(_ bytes: Span<UInt8>) -> Bool {
    var value = 0
    for index in bytes.indices {
      guard Characters.isDigit(bytes[index]) else { return false }
      value = value * 10 + Int(bytes[index] - 0x30)
      guard value <= 65535 else { return false }
    }
    return true
  }

  private static func isName(_ bytes: Span<UInt8>) -> Bool {
    guard !bytes.isEmpty else { return false }
    for index in bytes.indices {
      let byte = bytes[index]
      guard Characters.host.contains(byte), byte != UInt8(ascii: ",") else { return false }
      if byte == UInt8(ascii: "%"), !isEscape(bytes, at: index) { return false }
    }
    return true
  }

  /// Whether two hexadecimal digits follow the percent sign at `index`.
  static func isEscape(_ bytes: Span<UInt8>, at index: Int) -> Bool {
    index + 2 < bytes.count && Characters.hexValue(bytes[index + 1]) != nil
      && Characters.hexValue(bytes[index + 2]) != nil
  }

  /// IPv6address, or IPvFuture = "v" 1*HEXDIG "." 1*( unreserved / sub-delims / ":" ).
  private static func isLiteral(_ bytes: Span<UInt8>) -> Bool {
    guard let first = bytes.isEmpty ? nil : bytes[0] else { return false }
    guard first | 0x20 == UInt8(ascii: "v") else { return isIPv6(bytes) }
    guard let dot = Characters.firstIndex(of: UInt8(ascii: "."), in: bytes), dot > 1 else {
      return false
    }
    for index in 1..<dot where Characters.hexValue(bytes[index]) == nil { return false }
    for index in dot + 1..<bytes.count {
      let byte = bytes[index]
      let isAllowed = byte == UInt8(ascii: ":") || Characters.host.contains(byte)
      guard isAllowed, byte != UInt8(ascii: "%") else { return false }
    }
    return dot + 1 < bytes.count
  }

  /// Eight groups of up to four digits, one run of zeros as "::", the last two as IPv4.
  private static func isIPv6(_ bytes: Span<UInt8>) -> Bool {
    var groups = 0
    var hasGap = false
    var index = 0
    if bytes.count >= 2, bytes[0] == UInt8(ascii: ":") {
      guard bytes[1] == UInt8(ascii: ":") else { return false }
      hasGap = true
      index = 2
    }
    while index < bytes.count {
      let start = index
      while index < bytes.count, Characters.hexValue(bytes[index]) != nil { index += 1 }
      if index < bytes.count, bytes[index] == UInt8(ascii: ".") {
        guard isIPv4(bytes.extracting(start..<bytes.count)) else { return false }
        groups += 2
        index = bytes.count
        break
      }
      guard (1...4).contains(index - start) else { return false }
      groups += 1
      guard index < bytes.count else { break }
      guard bytes[index] == UInt8(ascii: ":"), index + 1 < bytes.count else { return false }
      index += 1
      guard bytes[index] == UInt8(ascii: ":") else { continue }
      guard !hasGap else { return false }
      hasGap = true
      index += 1
    }
    return hasGap ? groups < 8 : groups == 8
  }

  private static func isIPv4(_ bytes: Span<UInt8>) -> Bool {
    var octets = 0
    var digits = 0
    var value = 0
    for index in bytes.indices {
      if bytes[index] == UInt8(ascii: ".") {
        guard digits > 0 else { return false }
        octets += 1
        digits = 0
        value = 0
        continue
      }
      guard Characters.isDigit(bytes[index]), digits < 3 else { return false }
      value = value * 10 + Int(bytes[index] - 0x30)
      digits += 1
      guard value <= 255 else { return false }
    }
    return octets == 3 && digits > 0
  }
}
