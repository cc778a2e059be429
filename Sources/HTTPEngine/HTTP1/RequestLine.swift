/// The three parts of a request line (RFC 9112 §3).
struct RequestLine: Equatable {
  let method: Range<Int>
  let target: Range<Int>
  let majorVersion: UInt8
  let minorVersion: UInt8

  /// Takes the line apart; single spaces only.
  init(_ bytes: Span<UInt8>, in line: Range<Int>) throws(MessageFault) {
    let text = bytes.extracting(first: line.upperBound)
    let methodEnd = Characters.firstIndex(of: 0x20, in: text, from: line.lowerBound)
    guard let methodEnd else { throw .requestLine }
    guard Characters.isToken(bytes.extracting(line.lowerBound..<methodEnd)) else { throw .method }
    let targetStart = methodEnd + 1
    guard
      let targetEnd = Characters.firstIndex(of: 0x20, in: text, from: targetStart),
      targetEnd > targetStart
    else { throw .requestLine }
    method = line.lowerBound..<methodEnd
    target = targetStart..<targetEnd
    let version = bytes.extracting(targetEnd + 1..<line.upperBound)
    guard version.count == 8, RequestLine.isVersion(version) else { throw .version }
    majorVersion = version[5] - 0x30
    minorVersion = version[7] - 0x30
  }

  /// "HTTP/" digit "." digit, in capitals (RFC 9112 §2.3).
  private static func isVersion(_ bytes: Span<UInt8>) -> Bool {
    let isName =
      bytes[0] == UInt8(ascii: "H") && bytes[1] == UInt8(ascii: "T")
      && bytes[2] == UInt8(ascii: "T") && bytes[3] == UInt8(ascii: "P")
      && bytes[4] == UInt8(ascii: "/")
    return isName && Characters.isDigit(bytes[5]) && bytes[6] == UInt8(ascii: ".")
      && Characters.isDigit(bytes[7])
  }
}
