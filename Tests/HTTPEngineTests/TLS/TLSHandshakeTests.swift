import Glibc
import Testing

@testable import HTTPEngine

/// What can go wrong before the first request, and the exchange of certificates.
@Suite struct TLSHandshakeTests {
  private static let request = "GET /a HTTP/1.1\r\nHost: a\r\n\r\n"

  @Test func `tells a client without TLS where it is`() throws {
    let server = try TestServer.tls()
    let client = try server.connect()
    client.send(Self.request)
    #expect(client.readResponse()?.status == 400)
    #expect(client.readToEnd().closed)
    client.finishSending()
    #expect(eventually { server.observer.counts.tlsFailures == [.plaintext] })
  }

  @Test func `closes what is not TLS`() throws {
    let server = try TestServer.tls()
    let before = openSockets(on: server.port)
    for garbage in [[0], [22], [22, 3, 1, 255, 255], [UInt8](repeating: 22, count: 40_000)] {
      let client = try server.connect()
      client.send(garbage)
      client.finishSending()
      #expect(client.readToEnd().closed)
    }
    #expect(eventually { server.observer.counts.closed.count == 4 })
    #expect(server.observer.counts.closed.allSatisfy { $0 == .tlsFailed })
    #expect(eventually { openSockets(on: server.port) == before })
    let client = try server.connectTLS()
    client.send(Self.request)
    #expect(client.readResponse()?.status == 200)
  }

  @Test func `gives up a handshake that takes too long`() throws {
    let server = try TestServer.tls { $0.timeouts.handshake = .milliseconds(100) }
    let silent = try server.connect()
    let slow = try server.connect()
    slow.send([22, 3, 1])
    #expect(silent.readToEnd().closed)
    #expect(slow.readToEnd().closed)
    #expect(eventually { server.observer.counts.tlsFailures == [.timeout, .timeout] })
  }

  @Test func `lets handshakes beyond the limit wait for their turn`() throws {
    let server = try TestServer.tls { $0.maximumHandshakes = 1 }
    // Silent connections take no place; a handshake that has begun does.
    let silent = try server.connect()
    let first = try server.connect()
    first.send([22, 3, 1])
    #expect(eventually { server.observer.counts.opened == 2 })
    let waiting = try BackgroundThread {
      guard let client = try? server.connectTLS() else { return }
      client.send(Self.request)
      #expect(client.readResponse()?.status == 200)
    }
    #expect(eventually { server.observer.counts.opened == 3 })
    usleep(50_000)
    #expect(server.observer.counts.handshakes.isEmpty)
    first.finishSending()
    waiting.join()
    #expect(server.observer.counts.handshakes.count == 1)
    #expect(server.observer.counts.tlsFailures == [.disconnected])
    withExtendedLifetime(silent) {}
  }

  @Test func `clients that say nothing more do not keep the others out`() throws {
    let server = try TestServer.tls { $0.maximumHandshakes = 2 }
    // Two generations of them: those in front, and those in line before the one that is served.
    let stuck = try (0..<4).map { _ in
      let client = try server.connect()
      client.send([22, 3, 1])
      return client
    }
    #expect(eventually { server.observer.counts.opened == 4 })
    let client = try server.connectTLS()
    client.send(Self.request)
    #expect(client.readResponse()?.status == 200)
    withExtendedLifetime(stuck) {}
  }

  @Test func `gives up on who waits in line for too long`() throws {
    let server = try TestServer.tls {
      $0.maximumHandshakes = 1
      $0.timeouts.handshake = .milliseconds(200)
    }
    let first = try server.connect()
    first.send([22, 3, 1])
    #expect(eventually { server.observer.counts.opened == 1 })
    let second = try server.connect()
    second.send([22, 3, 1])
    #expect(first.readToEnd().closed)
    // By a reset, if it was still in line: what it has sent was never read.
    _ = second.readToEnd()
    #expect(eventually { server.observer.counts.tlsFailures == [.timeout, .timeout] })
  }

  @Test func `serves a burst of handshakes through few places`() throws {
    let server = try TestServer.tls { $0.maximumHandshakes = 2 }
    let threads = try (0..<8).map { _ in
      try BackgroundThread {
        guard let client = try? server.connectTLS() else { return }
        client.send(Self.request)
        #expect(client.readResponse()?.status == 200)
      }
    }
    for thread in threads { thread.join() }
    #expect(server.observer.counts.handshakes.count == 8)
  }

  @Test func `closes clients beyond the maximum`() throws {
    let server = try TestServer.tls { $0.maximumConnections = 1 }
    let first = try server.connectTLS()
    first.send(Self.request)
    #expect(first.readResponse()?.status == 200)
    let second = try server.connect()
    #expect(second.readToEnd().closed)
    #expect(eventually { server.observer.counts.refused == [.tooManyConnections] })
  }

  // MARK: Certificates

  @Test func `takes new certificates into use and keeps open connections`() throws {
    let server = try TestServer.tls()
    let settings = try TLSClientContext()
    let old = try server.connectTLS(settings)
    old.send(Self.request)
    #expect(old.readResponse()?.status == 200)
    try server.server.reloadTLS(.test("rsa"))
    old.send(Self.request)
    #expect(old.readResponse()?.status == 200)
    let only = TLSClientOptions(versions: 0x0303...0x0303, ciphers12: "ECDHE+aRSA+AESGCM")
    let new = try server.connectTLS(TLSClientContext(only))
    new.send(Self.request)
    #expect(new.readResponse()?.status == 200)
    // The old session's ticket does not count any more.
    let resumed = try server.connectTLS(settings, resuming: old.peer.ticket)
    #expect(resumed.isOpen)
    #expect(eventually { server.observer.counts.handshakes.count == 3 })
    #expect(server.observer.counts.handshakes.map { $0?.isResumed } == [false, false, false])
  }

  @Test func `keeps its certificates when the new ones are broken`() throws {
    let certificates = try #require(TestCertificates.shared)
    let server = try TestServer.tls()
    let broken = TLSConfiguration(
      certificateFile: certificates.path("server.pem"), keyFile: certificates.path("rsa.key"))
    let error = #expect(throws: HTTPEngineError.self) {
      try server.server.reloadTLS(broken, listener: "test")
    }
    #expect(error?.code == .keyMismatch)
    #expect(error?.listener == "test")
    #expect(error?.file == certificates.path("rsa.key"))
    // The files that are in use can still be read again.
    try server.server.reloadTLS()
    let client = try server.connectTLS()
    client.send(Self.request)
    #expect(client.readResponse()?.status == 200)
  }

  @Test func `knows which listeners speak TLS`() throws {
    let server = try TestServer()
    try server.server.reloadTLS()
    let error = #expect(throws: HTTPEngineError.self) {
      try server.server.reloadTLS(listener: "test")
    }
    #expect(error?.code == .unknownListener)
  }

  @Test func `does not start with broken certificates`() throws {
    let tls = TLSConfiguration(certificateFile: "/nowhere.pem", keyFile: "/nowhere.key")
    let error = #expect(throws: HTTPEngineError.self) { try TestServer.tls(EchoResponder(), tls) }
    #expect(error?.code == .unusableCertificate)
  }

  @Test func `resumes sessions`() throws {
    let server = try TestServer.tls()
    let settings = try TLSClientContext()
    let first = try server.connectTLS(settings)
    first.send(Self.request)
    #expect(first.readResponse()?.status == 200)
    let second = try server.connectTLS(settings, resuming: first.peer.ticket)
    second.send(Self.request)
    #expect(second.readResponse()?.status == 200)
    #expect(server.observer.counts.handshakes.map { $0?.isResumed } == [false, true])
  }
}
