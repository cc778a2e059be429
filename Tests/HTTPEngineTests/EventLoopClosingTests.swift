import Glibc
import Testing

@testable import HTTPEngine

@Suite struct EventLoopClosingTests {
  @Test func `lets a client that sends too much read the refusal first`() throws {
    let server = try TestServer()
    let client = try server.connect()
    client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 30000000\r\n\r\n")
    // The client sends everything before it reads, as many do.
    let piece = [UInt8](repeating: 0x61, count: 1 << 20)
    for _ in 0..<20 { #expect(client.send(piece)) }
    let response = try #require(client.readResponse())
    #expect(response.status == 413)
    #expect(response.value(of: "connection") == "close")
    client.finishSending()
    #expect(client.readToEnd().closed)
  }

  @Test func `stops reading from a client that never ends`() throws {
    let server = try TestServer { $0.limits.lingerBytes = 1 << 20 }
    let client = try server.connect()
    client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 99999999\r\n\r\n")
    let piece = [UInt8](repeating: 0x61, count: 1 << 20)
    var sent = 0
    while sent < 200, client.send(piece) { sent += 1 }
    #expect(sent < 200)
  }

  @Test func `ends a lingering connection when its time is over`() throws {
    let server = try TestServer { $0.timeouts.linger = .milliseconds(100) }
    let client = try server.connect()
    client.send("GET /close HTTP/1.1\r\nHost: a\r\n\r\n")
    #expect(client.readResponse()?.text == "bye")
    #expect(client.read() == [])
    #expect(eventually { server.observer.counts.closed == [.answered] })
  }

  @Test func `answers a client that has finished sending`() throws {
    let server = try TestServer()
    let client = try server.connect()
    client.send("GET /a HTTP/1.1\r\nHost: a\r\n\r\nGET /b HTTP/1.1\r\nHost: a\r\n\r\n")
    client.finishSending()
    let (text, closed) = client.readToEnd()
    #expect(text.contains("GET /a"))
    #expect(text.hasSuffix("GET /b"))
    #expect(closed)
  }

  @Test func `answers a half-closed client from another thread, then closes`() throws {
    let responder = HoldingResponder()
    let server = try TestServer(responder)
    let client = try server.connect()
    client.send("GET /a HTTP/1.1\r\nHost: a\r\n\r\n")
    client.finishSending()
    #expect(eventually { responder.requests.first?.cancellation.peerFinishedSendingAt != nil })
    responder.answer("done")
    #expect(client.readResponse()?.text == "done")
    #expect(client.readToEnd().closed)
  }

  @Test func `gives up a request some seconds after its client has finished sending`() throws {
    let responder = HoldingResponder()
    let server = try TestServer(responder)
    let client = try server.connect()
    client.send("GET /a HTTP/1.1\r\nHost: a\r\n\r\n")
    #expect(eventually { responder.requests.count == 1 })
    let cancellation = responder.requests[0].cancellation
    #expect(!cancellation.isCancelled)
    client.finishSending()
    #expect(eventually { cancellation.peerFinishedSendingAt != nil })
    let finished = try #require(cancellation.peerFinishedSendingAt)
    #expect(!cancellation.isCancelled(at: finished + 4_999_000_000))
    #expect(cancellation.isCancelled(at: finished + 5_000_000_000))
    #expect(!cancellation.isPeerGone)
  }

  @Test func `answers a half-closed client that has to wait for a while`() throws {
    let responder = HoldingResponder()
    let server = try TestServer(responder)
    let client = try server.connect()
    client.send("GET /a HTTP/1.1\r\nHost: a\r\n\r\n")
    client.finishSending()
    #expect(eventually { responder.requests.first?.cancellation.peerFinishedSendingAt != nil })
    usleep(200_000)
    #expect(!responder.requests[0].cancellation.isCancelled)
    responder.answer("worth waiting for")
    #expect(client.readResponse()?.text == "worth waiting for")
  }

  @Test(arguments: [true, false])
  func `counts the patience from the time that a request is taken up`(_ isHeld: Bool) throws {
    let responder = HoldingResponder()
    let server = try TestServer(responder)
    let client = try server.connect()
    client.send(String(repeating: "GET /a HTTP/1.1\r\nHost: a\r\n\r\n", count: 2))
    client.finishSending()
    #expect(eventually { responder.requests.first?.cancellation.peerFinishedSendingAt != nil })
    let first = try #require(responder.requests[0].cancellation.peerFinishedSendingAt)
    // One that nobody holds any more is used for the second request too.
    if !isHeld { responder.forgetSeen() }
    usleep(100_000)
    responder.answer("one")
    #expect(eventually { responder.requests.last?.path == "/a" && responder.taken == 2 })
    let second = try #require(responder.requests.last?.cancellation.peerFinishedSendingAt)
    #expect(second >= first + 100_000_000)
    responder.answer("two")
    #expect(client.readResponse()?.text == "one")
    #expect(client.readResponse()?.text == "two")
  }

  @Test func `cancels at once when the client resets`() throws {
    let responder = HoldingResponder()
    let server = try TestServer(responder)
    do {
      let client = try server.connect()
      client.send("GET /a HTTP/1.1\r\nHost: a\r\n\r\n")
      #expect(eventually { responder.requests.count == 1 })
      client.resetOnClose()
    }
    #expect(eventually { responder.requests[0].cancellation.isCancelled })
    #expect(eventually { server.observer.counts.closed == [.peerAborted] })
    responder.answer("nobody")
    #expect(eventually { server.observer.counts.dropped == 1 })
  }

  @Test(arguments: [
    "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nabc",
    "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab",
    "GET / HTTP/1.1\r\nHo",
  ])
  func `drops an unfinished request without a word`(_ input: String) throws {
    let server = try TestServer()
    let client = try server.connect()
    client.send(input)
    client.finishSending()
    #expect(client.readToEnd() == ("", true))
    #expect(eventually { server.observer.counts.closed == [.peerAborted] })
    #expect(server.observer.counts.completed.isEmpty)
  }

  @Test func `frees everything of ten thousand requests and a hundred connections`() throws {
    let server = try TestServer()
    let before = openSockets(on: server.port)
    let batch = String(repeating: "GET / HTTP/1.1\r\nHost: a\r\n\r\n", count: 50)
    do {
      let client = try server.connect()
      for _ in 0..<200 {
        client.send(batch)
        for _ in 0..<50 { #expect(client.readResponse()?.status == 200) }
      }
    }
    for _ in 0..<100 {
      let client = try server.connect()
      client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
      #expect(client.readResponse()?.status == 200)
    }
    #expect(eventually { server.observer.counts.closed.count == 101 })
    #expect(server.observer.counts.completed.count == 10100)
    #expect(openSockets(on: server.port) == before)
  }
}
