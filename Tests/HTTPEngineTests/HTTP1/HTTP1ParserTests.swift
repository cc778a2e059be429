import TestSupport
import Testing

@testable import HTTPEngine

@Suite struct HTTP1ParserTests {
  @Test func `keeps the tabs inside values when it takes those behind a length`() throws {
    let head = Array("POST / HTTP/1.1\r\nA: b\tc\t\r\nContent-Length: 5\t \t\r\n\r\n".utf8)
    let parsed = try HTTP1Parser().parse(head.span, fieldCount: 2, fieldsStart: 17)
    #expect(parsed.fields["a"] == "b\tc")
    #expect(parsed.fields["content-length"] == "5")
  }

  private let parser = HTTP1Parser()

  private func parse(_ text: String) throws(Refusal) -> (
    method: HTTPEngine.Method, fields: HeaderFields
  ) {
    let bytes = Array(text.utf8)
    let lines = text.split(separator: "\r\n", omittingEmptySubsequences: true)
    let first = lines.first.map { $0.utf8.count + 2 } ?? 0
    return try parser.parse(bytes.span, fieldCount: lines.count - 1, fieldsStart: first)
  }

  @Test(arguments: [
    ("GET", HTTPEngine.Method.get), ("HEAD", .head), ("POST", .post), ("PUT", .put),
    ("DELETE", .delete), ("OPTIONS", .options), ("PATCH", .patch), ("TRACE", .other("TRACE")),
    ("PROPFIND", .other("PROPFIND")), ("M-SEARCH", .other("M-SEARCH")),
  ])
  func `knows a method`(_ name: String, _ method: HTTPEngine.Method) throws {
    #expect(try parse("\(name) / HTTP/1.1\r\nA: b\r\n\r\n").method == method)
  }

  @Test(arguments: ["BREW", "get", "GETT", "CONNECT"])
  func `does not implement a method`(_ name: String) {
    #expect(throws: Refusal.unknownMethod) {
      try self.parse("\(name) a:1 HTTP/1.1\r\nA: b\r\n\r\n")
    }
  }

  @Test func `finds names and values without the space around them`() throws {
    let fields = try parse("GET / HTTP/1.1\r\nA:1\r\nb: \t2 3 \t\r\nC:\r\nd:   \r\nE: x:y\r\n\r\n")
      .fields
    #expect(fields == ["A": "1", "b": "2 3", "C": "", "d": "", "E": "x:y"])
  }

  @Test func `takes heads one after the other`() throws {
    #expect(throws: Refusal.self) { try self.parse("GET / HTTP/1.1\r\nContent-Length: x\r\n\r\n") }
    for count in 0..<40 {
      let lines = (0..<count).map { "N\($0): \($0)\r\n" }.joined()
      let fields = try parse("GET / HTTP/1.1\r\n\(lines)\r\n").fields
      #expect(fields.count == count)
      if count > 0 { #expect(fields["n\(count - 1)"] == "\(count - 1)") }
    }
  }

  @Test func `trusts nobody who counts other lines`() {
    let bytes = Array("GET / HTTP/1.1\r\nA: b\r\nC: d\r\n\r\n".utf8)
    #expect(throws: Refusal.malformedMessage(.fieldName)) {
      try parser.parse(bytes.span, fieldCount: 1, fieldsStart: 16)
    }
  }

  /// Every prefix ends where an unreadable page begins: one byte beyond it would stop the run.
  @Test func `reads nothing behind the head`() throws {
    let text = Array("GET /a HTTP/1.1\r\nHost: a.example\r\nX:\r\n\r\n".utf8)
    for end in 0...text.count {
      let guarded = try #require(GuardedBytes(Array(text[..<end])))
      var scanner = HeadScanner(limits: .init())
      let span = Span<UInt8>(_bytes: guarded.bytes)
      let length = try scanner.scan(span)
      #expect((length != nil) == (end == text.count))
      guard length != nil else { continue }
      let fields = try parser.parse(span, fieldCount: 2, fieldsStart: 17).fields
      #expect(fields == ["Host": "a.example", "X": ""])
    }
  }

  @Test(arguments: [11, 12, 13] as [UInt64])
  func `finds what was put in`(_ seed: UInt64) throws {
    var random = SeededGenerator(seed: seed)
    let tokens = Array("!#$%&'*+-.^_`|~09AZaz")
    for _ in 0..<200 {
      var fields = HeaderFields()
      for _ in 0..<Int.random(in: 0..<12, using: &random) {
        let name = String(
          (0..<Int.random(in: 1..<20, using: &random)).map { _ in
            tokens[Int.random(in: 0..<tokens.count, using: &random)]
          })
        let value = String(
          decoding: (0..<Int.random(in: 0..<30, using: &random)).map { _ in
            UInt8.random(in: 0x21...0x7E, using: &random)
          }, as: UTF8.self)
        fields.append(name, value)
      }
      let lines = fields.map { "\($0.name): \($0.value)\r\n" }.joined()
      #expect(try parse("GET / HTTP/1.1\r\n\(lines)\r\n").fields == fields, "seed \(seed)")
    }
  }
}
