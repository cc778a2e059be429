import HTTPEngine
import Locking
import Testing

/// Allows so many bytes, and remembers what it was told.
private final class Allowance: BodyAccount {
  private let limit: Int
  private let counts = Locked<[Int]>([])

  init(_ limit: Int) { self.limit = limit }

  var told: [Int] { counts.withLock { $0 } }

  func bodyHasArrived(_ count: Int) -> Bool {
    counts.withLock { $0.append(count) }
    return count <= limit
  }
}

/// Attaches the allowance to every request and answers with the body's length.
private struct CountingResponder: Responder {
  let allowance: Allowance

  func admit(_ head: borrowing RequestHead) -> Admission {
    .accept(maximumBodyBytes: 1 << 20, context: allowance)
  }

  func respond(to request: consuming Request, reply: consuming Reply) {
    reply.send(Response(body: .bytes(Array("\(request.body.count)".utf8))))
  }
}

@Suite struct BodyAccountTests {
  private static let head = "POST / HTTP/1.1\r\nHost: a\r\n"

  @Test(arguments: [
    "Content-Length: 6\r\n\r\nabcdef", "Transfer-Encoding: chunked\r\n\r\n6\r\nabcdef\r\n0\r\n\r\n",
  ])
  func `a body that is allowed is told about and taken`(message: String) throws {
    let allowance = Allowance(6)
    let server = try TestServer(CountingResponder(allowance: allowance))
    let client = try server.connect()
    client.send(Self.head + message)
    let response = try #require(client.readResponse())
    #expect(response.text == "6")
    #expect(allowance.told.last == 6)
    withExtendedLifetime(server) {}
  }

  @Test(arguments: [
    "Content-Length: 9\r\n\r\nabcdef", "Transfer-Encoding: chunked\r\n\r\n6\r\nabcdef\r\n",
  ])
  func `a body that is called off is 503 before its end`(message: String) throws {
    let allowance = Allowance(5)
    let server = try TestServer(CountingResponder(allowance: allowance))
    let client = try server.connect()
    client.send(Self.head + message)
    let response = try #require(client.readResponse())
    #expect(response.status == 503)
    #expect(client.readToEnd().closed)
    #expect(server.observer.counts.refused == [.outOfMemory])
  }

  @Test func `reads past the parser are told too`() throws {
    let allowance = Allowance(1 << 20)
    let server = try TestServer(CountingResponder(allowance: allowance))
    let client = try server.connect()
    client.send(Self.head + "Content-Length: 200000\r\n\r\n")
    for _ in 0..<4 { client.send([UInt8](repeating: 1, count: 50_000)) }
    let response = try #require(client.readResponse())
    #expect(response.text == "200000")
    #expect(allowance.told.last == 200_000)
    #expect(allowance.told == allowance.told.sorted())
    withExtendedLifetime(server) {}
  }

  @Test func `a request without a body is not told about`() throws {
    let allowance = Allowance(0)
    let server = try TestServer(CountingResponder(allowance: allowance))
    let client = try server.connect()
    client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
    #expect(try #require(client.readResponse()).status == 200)
    #expect(allowance.told.isEmpty)
    withExtendedLifetime(server) {}
  }

  @Test func `streams of HTTP 2 are told about and called off in the same way`() throws {
    let allowance = Allowance(5)
    let server = try TestServer(CountingResponder(allowance: allowance))
    let client = try HTTP2Client(server)
    client.send(.post(1, "/", [("content-length", "5")]), .data(1, "abcde"))
    #expect(client.answer(1) == ("200", "5"))
    #expect(allowance.told.last == 5)
    client.send(.post(3, "/", [("content-length", "9")]), .data(3, "abcdef", endStream: false))
    #expect(client.answer(3).status == "503")
    client.send(.post(5, "/", [("content-length", "1")]), .data(5, "a"))
    #expect(client.answer(5) == ("200", "1"))
  }

  @Test func `a companion lives as long as its memory`() {
    final class Companion: Sendable {}
    weak var companion: Companion?
    do {
      let buffer = BufferPool(maximumIdleBytes: 1 << 20).take(capacity: 10)
      let made = Companion()
      companion = made
      buffer.companion = made
      withExtendedLifetime(buffer) { #expect(companion != nil) }
    }
    #expect(companion == nil)
  }
}
