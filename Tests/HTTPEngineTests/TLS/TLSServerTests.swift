import Glibc
import Testing

@testable import HTTPEngine

@Suite struct TLSServerTests {
  private static let request = "GET /a HTTP/1.1\r\nHost: a\r\n\r\n"

  @Test(arguments: [1, 2])
  func `answers over TLS`(_ loops: Int) throws {
    let server = try TestServer.tls { $0.loops = loops }
    let client = try server.connectTLS()
    for path in ["/a", "/b"] {
      client.send("GET \(path) HTTP/1.1\r\nHost: a\r\n\r\n")
      #expect(client.readResponse()?.text == "GET \(path)")
    }
    #expect(server.observer.counts.handshakes.count == 1)
    #expect(server.observer.counts.handshakes.first??.version == .tls13)
  }

  @Test func `gathers pipelined answers`() throws {
    let server = try TestServer.tls()
    let client = try server.connectTLS()
    client.send(String(repeating: Self.request, count: 500))
    for _ in 0..<500 { #expect(client.readResponse()?.text == "GET /a") }
  }

  @Test(arguments: [100, 16384, 70_000, 300_000, 5_000_000])
  func `takes and gives large bodies`(_ size: Int) throws {
    let server = try TestServer.tls(EchoResponder(maximumBodyBytes: 8 << 20))
    let client = try server.connectTLS()
    let body = [UInt8](repeating: 0x62, count: size)
    // Another thread sends: neither side can buffer it all.
    let head = "POST /e HTTP/1.1\r\nHost: a\r\nContent-Length: \(size)\r\n\r\n"
    client.send(Array(head.utf8) + body)
    #expect(client.readResponse()?.body.suffix(size) == body[...])
    client.send("GET /large?\(size) HTTP/1.1\r\nHost: a\r\n\r\n")
    #expect(client.readResponse()?.body.count == size)
  }

  @Test func `keeps ciphertext that the socket does not take`() throws {
    let faults = CallFaults()
    let server = try TestServer.tls { $0.faults = faults }
    let client = try server.connectTLS()
    faults.sendLimit = 1000
    faults.fail(.send, with: [Errno.wouldBlock, Errno.wouldBlock])
    client.send("GET /large?300000 HTTP/1.1\r\nHost: a\r\n\r\n")
    let response = client.readResponse()
    #expect(response?.body == [UInt8](repeating: 0x61, count: 300_000))
    client.send(Self.request)
    #expect(client.readResponse()?.status == 200)
  }

  @Test func `ends a handshake on a socket that takes one byte at a time`() throws {
    let faults = CallFaults()
    faults.sendLimit = 1
    faults.fail(.send, with: [Errno.wouldBlock])
    let server = try TestServer.tls { $0.faults = faults }
    let client = try server.connectTLS()
    client.send(Self.request)
    #expect(client.readResponse()?.text == "GET /a")
  }

  @Test func `takes up what was decrypted while an answer was owed`() throws {
    let responder = HoldingResponder()
    let server = try TestServer.tls(responder)
    let client = try server.connectTLS()
    let body = [UInt8](repeating: 0x63, count: 500_000)
    // All of it is sent before the first answer, and the socket is silent afterwards.
    let second = "POST /b HTTP/1.1\r\nHost: a\r\nContent-Length: \(body.count)\r\n\r\n"
    client.send(Array(Self.request.utf8) + Array(second.utf8) + body)
    #expect(eventually { responder.requests.count == 1 })
    responder.answer("one")
    #expect(client.readResponse()?.text == "one")
    #expect(eventually { responder.requests.count == 2 })
    responder.answer("two")
    #expect(client.readResponse()?.text == "two")
  }

  @Test func `answers after the client has closed its direction`() throws {
    let responder = HoldingResponder()
    let server = try TestServer.tls(responder)
    let client = try server.connectTLS()
    client.send(Self.request)
    client.finishSending()
    #expect(eventually { responder.requests.count == 1 })
    responder.answer("late")
    #expect(client.readResponse()?.text == "late")
    #expect(client.readToEnd())
  }

  @Test func `says the end before it closes`() throws {
    let server = try TestServer.tls()
    let client = try server.connectTLS()
    client.send("GET /close HTTP/1.1\r\nHost: a\r\n\r\n")
    #expect(client.readResponse()?.text == "bye")
    #expect(client.readToEnd())
  }

  @Test func `says the end to an idle client`() throws {
    let server = try TestServer.tls { $0.timeouts.keepAlive = .milliseconds(50) }
    let client = try server.connectTLS()
    client.send(Self.request)
    #expect(client.readResponse()?.status == 200)
    #expect(client.readToEnd())
    #expect(eventually { server.observer.counts.closed == [.idleTimeout] })
  }

  @Test func `finishes what was accepted when it drains`() throws {
    let responder = HoldingResponder()
    let server = try TestServer.tls(responder)
    let client = try server.connectTLS()
    client.send(Self.request)
    #expect(eventually { responder.requests.count == 1 })
    let drain = try BackgroundThread { _ = server.server.drain(gracePeriod: .seconds(5)) }
    usleep(50_000)
    responder.answer("done")
    let response = client.readResponse()
    #expect(response?.text == "done")
    #expect(response?.value(of: "connection") == "close")
    #expect(client.readToEnd())
    drain.join()
  }

  private static func trust(_ authority: String) throws -> TLSConfiguration {
    var tls = try TLSConfiguration.test()
    let certificates = try #require(TestCertificates.shared)
    tls.clientAuthentication = .required(authoritiesFile: certificates.path("\(authority).pem"))
    return tls
  }

  @Test func `ends a connection whose authority was taken away, at its next request`() throws {
    let server = try TestServer.tls(EchoResponder(), Self.trust("authority"))
    let client = try server.connectTLS(TLSClientContext(TLSClientOptions(certificate: "client")))
    client.send(Self.request)
    #expect(client.readResponse()?.status == 200)
    try server.server.reloadTLS(Self.trust("authority"))
    for _ in 0..<2 {
      client.send(Self.request)
      #expect(client.readResponse()?.status == 200)
    }
    try server.server.reloadTLS(Self.trust("stranger"))
    client.send(Self.request)
    #expect(client.readResponse() == nil)
    #expect(eventually { server.observer.counts.closed == [.trustWithdrawn] })
    #expect(server.observer.counts.completed.count == 3)
  }

  @Test func `goes on with clients without certificates where none is asked for`() throws {
    let server = try TestServer.tls()
    let client = try server.connectTLS()
    try server.server.reloadTLS(.test("rsa"))
    client.send(Self.request)
    #expect(client.readResponse()?.status == 200)
    try server.server.reloadTLS(Self.trust("authority"))
    client.send(Self.request)
    #expect(client.readResponse() == nil)
  }

  @Test func `refuses streams when the authority was taken away, and finishes the others`() throws {
    let responder = HoldingResponder()
    let server = try TestServer.tls(responder, Self.trust("authority"))
    let options = TLSClientOptions(protocols: [.http2], certificate: "client")
    let client = try server.connectTLS(TLSClientContext(options))
    client.send(WireFrame.preface + WireFrame.settings().bytes + WireFrame.get(1).bytes)
    #expect(eventually { responder.requests.count == 1 })
    try server.server.reloadTLS(Self.trust("stranger"))
    client.send(WireFrame.get(3).bytes)
    #expect(client.readFrame { $0.type == 3 && $0.stream == 3 }?.code == 7)
    responder.answer("one")
    #expect(client.readFrame { $0.type == 0 }?.payload == Array("one".utf8))
    #expect(client.readToEnd())
    #expect(responder.requests.count == 1)
  }

  @Test func `tells a request whom it serves`() throws {
    var tls = try TLSConfiguration.test()
    let authorities = try #require(TestCertificates.shared).path("authority.pem")
    tls.clientAuthentication = .required(authoritiesFile: authorities)
    let server = try TestServer.tls(IdentityResponder(), tls)
    let options = TLSClientOptions(certificate: "client")
    let client = try server.connectTLS(TLSClientContext(options))
    client.send(Self.request)
    #expect(client.readResponse()?.text == "test client")
    let nameless = try server.connectTLS(TLSClientContext())
    nameless.send(Self.request)
    #expect(nameless.readResponse() == nil)
    #expect(eventually { server.observer.counts.tlsFailures == [.clientCertificate] })
  }
}

/// Answers with the listener and the client's common name.
private struct IdentityResponder: Responder {
  func admit(_ head: borrowing RequestHead) -> Admission { .accept(maximumBodyBytes: 0) }

  func respond(to request: consuming Request, reply: consuming Reply) {
    let info = request.head.connection
    let name = info.security?.client?.commonName ?? "nobody"
    reply.send(Response(body: .bytes(Array("\(info.listener) \(name)".utf8))))
  }
}
