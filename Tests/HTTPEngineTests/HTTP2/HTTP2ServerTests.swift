import Glibc
import Testing

@testable import HTTPEngine

/// HTTP/2 through a real socket and loop.
@Suite struct HTTP2ServerTests {
  @Test func `serves both protocols on one port`() throws {
    let server = try TestServer()
    let client = try HTTP2Client(server)
    client.send(.get(1, "/a?b"), .post(3, "/p", [("content-length", "3")]), .data(3, "xyz"))
    #expect(client.answer(1) == ("200", "GET /a?b"))
    #expect(client.answer(3) == ("200", "POST /p xyz"))
    let names = client.fields[1]?.map(\.name) ?? []
    #expect(names.contains("date"))
    #expect(client.fields[1]?.first { $0.name == "content-length" }?.value == "8")
    #expect(client.fields[1]?.first { $0.name == "content-type" }?.value == "text/plain")
    let other = try server.connect()
    other.send("GET /h1 HTTP/1.1\r\nHost: a\r\n\r\n")
    #expect(other.readResponse()?.text == "GET /h1")
    #expect(eventually { server.observer.counts.completed == [200, 200, 200] })
  }

  @Test(arguments: 1...25)
  func `recognises the preface in pieces`(_ size: Int) throws {
    let server = try TestServer()
    let client = try server.connect()
    let bytes = WireFrame.preface + WireFrame.settings().bytes + WireFrame.get(1).bytes
    for start in stride(from: 0, to: bytes.count, by: size) {
      client.send(Array(bytes[start..<min(bytes.count, start + size)]))
    }
    client.finishSending()
    var received: [UInt8] = []
    while let piece = client.read(), !piece.isEmpty { received += piece }
    #expect(
      WireFrame.parse(&received).contains { $0.type == 0 && $0.payload == Array("GET /".utf8) })
  }

  @Test(arguments: ["P", "PRI * HTTP/2.0\r\n\r\nSM\r\n"])
  func `gives up a preface that does not go on`(_ start: String) throws {
    let server = try TestServer { $0.timeouts.header = .milliseconds(800) }
    let client = try server.connect()
    client.send(start)
    let (text, closed) = client.readToEnd()
    #expect(closed)
    #expect(text.hasPrefix("HTTP/1.1 408") || text.hasPrefix("HTTP/1.1 505"))
  }

  @Test func `speaks HTTP/2 to TLS clients that ask for it`() throws {
    let server = try TestServer.tls()
    let options = TLSClientOptions(protocols: [.http2])
    let client = try server.connectTLS(TLSClientContext(options))
    #expect(client.isOpen)
    client.send(WireFrame.preface + WireFrame.settings().bytes + WireFrame.get(1, "/tls").bytes)
    let frame = client.readFrame { $0.type == 0 }
    #expect(frame?.payload == Array("GET /tls".utf8))
    let other = try server.connectTLS()
    other.send("GET /h1 HTTP/1.1\r\nHost: a\r\n\r\n")
    #expect(other.readResponse()?.text == "GET /h1")
  }

  @Test func `speaks HTTP/1 alone where HTTP/2 is not offered`() throws {
    let server = try TestServer { $0.listeners[0].protocols = [.http1] }
    let client = try server.connect()
    client.send(WireFrame.preface)
    #expect(client.readResponse()?.status == 505)
  }

  @Test func `ignores an upgrade`() throws {
    let server = try TestServer()
    let client = try server.connect()
    client.send(
      "GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\n"
        + "HTTP2-Settings: AAMAAABkAAQAAP__\r\n\r\n")
    #expect(client.readResponse()?.status == 200)
  }

  @Test func `answers streams in the order of their replies`() throws {
    let responder = HoldingResponder()
    let server = try TestServer(responder)
    let client = try HTTP2Client(server)
    client.send(.get(1, "/1"), .get(3, "/3"), .get(5, "/5"))
    #expect(eventually { responder.requests.count == 3 })
    client.send(.reset(3))
    #expect(eventually { responder.requests[1].cancellation.isCancelled })
    #expect(server.observer.counts.resets == [.client: 1])
    #expect(server.observer.counts.streams == 3)
    #expect(!responder.requests[0].cancellation.isCancelled)
    responder.answer("one")
    responder.answer("nobody reads this")
    responder.drop()
    #expect(client.answer(1) == ("200", "one"))
    #expect(client.answer(5).status == "500")
    #expect(eventually { server.observer.counts.dropped == 1 })
    client.send(.get(7, "/7"))
    #expect(eventually { responder.requests.count == 4 })
    responder.answer("seven")
    #expect(client.answer(7) == ("200", "seven"))
  }

  @Test func `cancels every stream of a client that goes`() throws {
    let responder = HoldingResponder()
    let server = try TestServer(responder)
    do {
      let client = try HTTP2Client(server)
      client.send(.get(1), .get(3))
      #expect(eventually { responder.requests.count == 2 })
      client.connection.resetOnClose()
    }
    #expect(eventually { responder.requests.allSatisfy(\.cancellation.isCancelled) })
    #expect(eventually { server.observer.counts.closed == [.peerAborted] })
  }

  @Test func `answers a client that has finished sending`() throws {
    let responder = HoldingResponder()
    let server = try TestServer(responder)
    let client = try HTTP2Client(server)
    client.send(.get(1))
    #expect(eventually { responder.requests.count == 1 })
    client.connection.finishSending()
    #expect(eventually { responder.requests[0].cancellation.peerFinishedSendingAt != nil })
    responder.answer("late")
    #expect(client.answer(1) == ("200", "late"))
    #expect(client.read { $0.isClosed })
  }

  @Test func `rejects before the body and goes on`() throws {
    let server = try TestServer { $0.timeouts.linger = .milliseconds(100) }
    let client = try HTTP2Client(server)
    client.send(.post(1, "/full", [("content-length", "1000000")]))
    #expect(client.answer(1).status == "503")
    #expect(client.read { $0.resetCode(1) == 0 })
    client.send(.post(3, "/p", [("content-length", "2000000")]), .get(5))
    #expect(client.answer(3).status == "413")
    #expect(client.answer(5).status == "200")
    #expect(server.observer.counts.refused == [.contentTooLarge(limitBytes: 1 << 20)])
  }

  @Test func `takes and sends much`() throws {
    let server = try TestServer(EchoResponder(maximumBodyBytes: 8 << 20))
    let client = try HTTP2Client(server, settings: [(4, 1 << 24)])
    client.send(WireFrame(type: 4, flags: 1), .window(0, 1 << 24), .get(1, "/large?5000000"))
    #expect(client.answer(1).text.utf8.count == 5_000_000)
    let text = String(repeating: "0123456789", count: 300_000)
    client.send(.post(3, "/", [("content-length", "3000000")]))
    for start in stride(from: 0, to: 3_000_000, by: 1_000_000) {
      let end = start + 1_000_000
      client.send(
        .data(
          3, String(text.utf8.dropFirst(start).prefix(end - start)) ?? "",
          endStream: end == 3_000_000))
    }
    #expect(client.answer(3).text == "POST / " + text)
  }

  @Test func `replaces what must not be written`() throws {
    let server = try TestServer()
    let client = try HTTP2Client(server)
    client.send(.get(1, "/inject"), .get(3, "/empty"), .get(5, "/stream"), .get(7, "/drop"))
    #expect(client.answer(1).status == "500")
    #expect(client.answer(3).status == "204")
    #expect(client.fields[3]?.contains { $0.name == "content-length" } == false)
    #expect(client.answer(5) == ("200", "321"))
    #expect(client.answer(7).status == "500")
    client.send(.headers(9, HeaderBlock.request("HEAD", "/large?10")))
    #expect(client.answer(9) == ("200", ""))
    #expect(client.fields[9]?.first { $0.name == "content-length" }?.value == "10")
  }

  @Test func `closes after an answer that says so`() throws {
    let server = try TestServer()
    let client = try HTTP2Client(server)
    client.send(.get(1, "/close"))
    #expect(client.answer(1) == ("200", "bye"))
    #expect(client.read { $0.isClosed })
    #expect(client.farewells.last?.code == 0)
    #expect(client.farewells.last?.last == 1)
  }

  @Test func `writes again when the socket takes more`() throws {
    let faults = CallFaults()
    faults.sendLimit = 1000
    let server = try TestServer { $0.faults = faults }
    let client = try HTTP2Client(server, settings: [(4, 1 << 20)])
    faults.fail(.send, with: [Errno.wouldBlock, Errno.wouldBlock])
    client.send(.window(0, 1 << 20), .get(1, "/large?300000"), .get(3))
    #expect(client.answer(1).text.utf8.count == 300_000)
    #expect(client.answer(3) == ("200", "GET /"))
  }
}

@Suite struct HTTP2DeadlineTests {
  private func server(
    _ responder: any Responder = EchoResponder(),
    _ configure: (inout ServerConfiguration.Timeouts) -> Void
  ) throws -> TestServer {
    try TestServer(responder) { configuration in
      configuration.timeouts.linger = .milliseconds(200)
      configure(&configuration.timeouts)
    }
  }

  @Test func `answers a slow body with 408 and goes on`() throws {
    let server = try server { $0.body = .milliseconds(100) }
    let client = try HTTP2Client(server)
    client.send(.post(1, "/", [("content-length", "10")]), .data(1, "x", endStream: false))
    #expect(client.answer(1).status == "408")
    client.send(.get(3))
    #expect(client.answer(3).status == "200")
    #expect(client.read { $0.resetCode(1) == 0 })
  }

  @Test func `ends a section that does not end`() throws {
    let server = try server { $0.header = .milliseconds(800) }
    let client = try HTTP2Client(server)
    client.send(.get(1))
    #expect(client.answer(1).status == "200")
    client.connection.send(Array(WireFrame.get(3).bytes.dropLast(3)))
    #expect(client.read { $0.isClosed })
    #expect(client.farewells.last?.code == 11)
    #expect(server.observer.counts.failures == [.slow])
  }

  @Test func `tells why it ends a session`() throws {
    let server = try server { _ in }
    for (frame, failure) in [
      (WireFrame.data(1), SessionFailure.protocolViolation), (.settings(), .flood),
    ] {
      let client = try HTTP2Client(server)
      client.connection.send([[UInt8]](repeating: frame.bytes, count: 300).flatMap(\.self))
      #expect(client.read { $0.isClosed })
      #expect(eventually { server.observer.counts.failures.last == failure })
    }
  }

  @Test func `closes idle connections with a farewell`() throws {
    let server = try server { $0.keepAlive = .milliseconds(800) }
    let client = try HTTP2Client(server)
    client.send(.get(1))
    #expect(client.answer(1).status == "200")
    client.send(.ping())
    #expect(client.read { $0.isClosed })
    #expect(client.farewells.last?.last == 1)
    #expect(eventually { server.observer.counts.closed == [.idleTimeout] })
  }

  @Test func `closes a connection that never asks`() throws {
    let server = try server { $0.header = .milliseconds(100) }
    let client = try HTTP2Client(server)
    #expect(client.read { $0.isClosed })
  }

  @Test func `resets a stream whose client opens no window`() throws {
    let server = try server { $0.write = .milliseconds(100) }
    let client = try HTTP2Client(server, settings: [(4, 10)])
    client.send(.get(1, "/large?100"), .get(3, "/empty"))
    #expect(client.answer(3).status == "204")
    #expect(client.read { $0.resetCode(1) == 8 })
    client.send(.window(3, 100), .get(5, "/empty"))
    #expect(client.answer(5).status == "204")
  }

  @Test(arguments: [0, 1])
  func `resets every stream of a client that reads a byte now and then`(_ drip: Int32) throws {
    let server = try server {
      $0.write = .milliseconds(200)
      $0.minimumBytesPerSecond = 100_000
    }
    let client = try HTTP2Client(server, settings: [(4, 1 << 20)])
    let streams = (0..<100).map { Int32(2 * $0 + 1) }
    client.connection.send(streams.flatMap { WireFrame.get($0, "/large?100000").bytes })
    for _ in 0..<200 where !streams.allSatisfy({ client.resetCode($0) == 8 }) {
      // To the connection, or to one of its streams as well.
      client.send(.window(0, 1), .window(drip * 3, 1))
      let count = client.frames.count
      #expect(client.read { $0.frames.count > count })
      usleep(10_000)
    }
    #expect(streams.allSatisfy { client.resetCode($0) == 8 })
    #expect(eventually { server.observer.counts.resets == [.server: 100] })
    #expect(server.observer.counts.streams == 100)
  }

  @Test func `drains in two steps and finishes what was begun`() throws {
    let responder = HoldingResponder()
    let server = try server(responder) { $0.idleDuringDrain = .seconds(1) }
    let client = try HTTP2Client(server)
    let idle = try HTTP2Client(server)
    client.send(.get(1))
    #expect(eventually { responder.requests.count == 1 })
    let drained = try BackgroundThread { server.server.drain(gracePeriod: .seconds(5)) }
    #expect(client.read { $0.farewells.count == 1 })
    #expect(client.farewells[0].last == 0x7FFF_FFFF)
    client.send(.get(3))
    #expect(eventually { responder.requests.count == 2 })
    #expect(client.read { $0.farewells.count == 2 })
    #expect(client.farewells[1].last == 3)
    client.send(.get(5))
    responder.answer("one")
    responder.answer("three")
    #expect(client.answer(1) == ("200", "one"))
    #expect(client.answer(3) == ("200", "three"))
    #expect(client.read { $0.isClosed })
    #expect(idle.read { $0.isClosed })
    #expect(responder.requests.count == 2)
    drained.join()
  }
}
