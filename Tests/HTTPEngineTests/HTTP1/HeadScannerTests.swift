import Testing

@testable import HTTPEngine

@Suite struct HeadScannerTests {
  private static let limits: ServerConfiguration.Limits = {
    var limits = ServerConfiguration.Limits()
    limits.requestLineBytes = 16
    limits.fieldBytes = 40
    limits.fieldCount = 2
    return limits
  }()

  /// How a head ends: the number of bytes, or why it is refused; nil while more is needed.
  private enum Outcome: Equatable {
    case head(Int)
    case refused(Refusal)
  }

  /// Shows growing prefixes, each with `step` more bytes.
  private func outcome(_ text: String, step: Int) -> Outcome? {
    var scanner = HeadScanner(limits: Self.limits)
    let bytes = Array(text.utf8)
    for end in stride(from: step, to: bytes.count + step, by: step) {
      let shown = Array(bytes.prefix(end))
      do throws(Refusal) {
        if let length = try scanner.scan(shown.span) { return .head(length) }
      } catch { return .refused(error) }
    }
    return nil
  }

  @Test(arguments: [
    "GET / HTTP/1.1\r\nHost: a\r\n\r\n",
    // A request line of exactly the limit, also behind an empty line.
    "GET /12 HTTP/1.1\r\nHost: a\r\n\r\n",
    "\r\nGET /12 HTTP/1.1\r\nHost: a\r\n\r\n",
    // One byte more, and what is wrong after that does not matter.
    "GET /123 HTTP/1.1\r\nHost: a\r\n\r\n",
    "GET /123456789012\u{1}\r\n\r\n",
    "GET /12 HTTP/1.1\u{1}\n",
    "\r\nGET /12 HTTP/1.1x\u{1}\r\n",
    // A field too many, before and after a line that is broken.
    "GET / HTTP/1.1\r\nA:\r\nB:\r\nC:\r\nD\u{1}:\r\n\r\n",
    "GET / HTTP/1.1\r\nA:\r\nB\u{1}:\r\nC:\r\n\r\n",
    // Too many bytes of fields.
    "GET / HTTP/1.1\r\nA: 0123456789012345678901234567890123456789\u{1}\r\n\r\n",
    "\rx", "\n", "GET / HTTP/1.1\n", " GET",
  ]) func `comes to the same end wherever the pieces end`(text: String) throws {
    let whole = try #require(outcome(text, step: text.utf8.count))
    for step in 1...7 { #expect(outcome(text, step: step) == whole) }
  }

  @Test func `takes a request line of exactly the limit behind an empty line`() {
    #expect(outcome("\r\nGET /12 HTTP/1.1\r\n\r\n", step: 64) == .head(22))
    #expect(outcome("GET /12 HTTP/1.1\r\n\r\n", step: 64) == .head(20))
  }

  @Test func `refuses the first byte beyond a limit, whatever follows`() {
    #expect(outcome("GET /123456789012\u{1}", step: 64) == .refused(.targetTooLong(limitBytes: 16)))
    #expect(
      outcome("GET / HTTP/1.1\r\nA:\r\nB:\r\nC\u{1}", step: 64)
        == .refused(.fieldsTooLarge(limitBytes: 40)))
    #expect(
      outcome("GET / HTTP/1.1\r\nA:\r\nB\u{1}", step: 64)
        == .refused(.malformedMessage(.fieldName)))
  }
}
