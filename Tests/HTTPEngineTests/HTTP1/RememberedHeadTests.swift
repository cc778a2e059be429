import Testing

@testable import HTTPEngine

private let text = "GET /a HTTP/1.1\r\nHost: b\r\n\r\n"

struct RememberedHeadTests {
  private func remembered(_ head: String) throws -> RememberedHead? {
    let fields: HeaderFields = ["Host": "b"]
    return RememberedHead(
      head.utf8.span, RequestHead(method: .get, target: "/a", fields: fields),
      try MessageRules(fields, minorVersion: 1))
  }

  @Test(arguments: [text, text + text, text + "body"])
  func `knows input that begins with it`(input: String) throws {
    let head = try #require(try remembered(text))
    #expect(head.count == text.utf8.count)
    let isKnown = head.begins(input.utf8.span)
    #expect(isKnown)
  }

  @Test(arguments: [
    "", "G", String(text.dropLast()), "\r\n" + text, text.replacing("/a", with: "/b"),
    text.replacing("Host: b\r\n", with: "Host: b\r\nTE: c\r\n"),
    text.replacing("GET", with: "get"),
  ])
  func `does not know other input`(input: String) throws {
    let head = try #require(try remembered(text))
    let isKnown = head.begins(input.utf8.span)
    #expect(!isKnown)
  }

  @Test func `does not keep a long head`() throws {
    #expect(try remembered(String(repeating: "a", count: 1024)) != nil)
    #expect(try remembered(String(repeating: "a", count: 1025)) == nil)
  }

  @Test func `reads a repeated head like the first, wherever the pieces end`() {
    let head = "POST /a HTTP/1.1\r\nHost: b\r\nContent-Length: 2\r\n\r\n"
    let other = "HEAD /a HTTP/1.1\r\nHost: b\r\nConnection: close\r\n\r\n"
    let input = Array((head + "xy\r\n" + head + "zz" + head + "uv" + other).utf8)
    for size in 1...input.count {
      #expect(
        played(input, size: size) == ["POST 2 true", "POST 2 true", "POST 2 true", "HEAD 0 false"])
    }
  }

  /// Method, body bytes and whether the connection goes on, for each request.
  private func played(_ input: [UInt8], size: Int) -> [String] {
    var machine = HTTP1Connection(limits: .init())
    let parser = HTTP1Parser()
    var (log, pending, method, bytes): ([String], [UInt8], String, Int) = ([], [], "", 0)
    func answer() {
      let plan = machine.respond(status: 200, bodyCount: 0, closes: false)
      log.append("\(method) \(bytes) \(plan.connection == .unsaid)")
      bytes = 0
    }
    for (index, byte) in input.enumerated() {
      pending.append(byte)
      guard (index + 1) % size == 0 || index == input.count - 1 else { continue }
      var position = 0
      reading: while true {
        switch machine.next(pending.span, from: &position, parser: parser, info: .detached) {
        case .head(let head):
          method = head.method.name
          if machine.admit(maximumBodyBytes: 9) == .complete { answer() }
        case .body(let range):
          bytes += range.count
          if machine.completesFixedBody() { answer() }
        case .needsInput, .complete, .discardingEnded, .refuse: break reading
        }
      }
      pending.removeFirst(position)
    }
    return log
  }
}
