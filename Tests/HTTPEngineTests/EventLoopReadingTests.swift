import Testing

@testable import HTTPEngine

@Suite struct EventLoopReadingTests {
  private static func get(_ path: String) -> String { "GET \(path) HTTP/1.1\r\nHost: x\r\n\r\n" }

  @Test func `serves others between the requests of a pipelining client`() throws {
    let responder = SlowResponder(milliseconds: 1)
    let server = try TestServer(responder)
    let hog = try server.connect()
    let other = try server.connect()
    let count = 1500
    hog.send(String(repeating: Self.get("/slow"), count: count))
    #expect(eventually { responder.isBusy })
    other.send(Self.get("/other"))
    #expect(other.readResponse()?.text == "GET /other")
    #expect(responder.paths.count < count / 2)
    for _ in 0..<count { #expect(hog.readResponse()?.text == "GET /slow") }
  }

  @Test func `answers every pipelined request before the client's end`() throws {
    let server = try TestServer()
    let client = try server.connect()
    let count = 3000
    client.send(String(repeating: Self.get("/a"), count: count))
    client.finishSending()
    let (text, closed) = client.readToEnd()
    #expect(closed)
    #expect(text.split(separator: "HTTP/1.1 200").count == count)
    #expect(eventually { server.observer.counts.closed == [.peerFinished] })
  }

  @Test func `reads a body behind many pipelined requests`() throws {
    let server = try TestServer()
    let client = try server.connect()
    let body = String(repeating: "b", count: 200_000)
    client.send(
      String(repeating: Self.get("/a"), count: 500)
        + "POST /p HTTP/1.1\r\nHost: x\r\nContent-Length: 200000\r\n\r\n" + body)
    for _ in 0..<500 { #expect(client.readResponse()?.text == "GET /a") }
    #expect(client.readResponse()?.text == "POST /p " + body)
  }

  /// After a large body the next read is short, so that little of the next body has to be copied.
  @Test(arguments: [1, 4000, 4096, 4097, 20_000])
  func `reads what follows a large body, however long its head is`(length: Int) throws {
    let server = try TestServer()
    let client = try server.connect()
    let body = String(repeating: "b", count: 300_000)
    let large = "POST /p HTTP/1.1\r\nHost: x\r\nContent-Length: 300000\r\n\r\n" + body
    let long = "GET /l HTTP/1.1\r\nHost: x\r\nA: \(String(repeating: "a", count: length))\r\n\r\n"
    client.send(large + large + long + Self.get("/a") + Self.get("/b") + large)
    for _ in 0..<2 { #expect(client.readResponse()?.text == "POST /p " + body) }
    for path in ["l", "a", "b"] { #expect(client.readResponse()?.text == "GET /" + path) }
    #expect(client.readResponse()?.text == "POST /p " + body)
  }
}
