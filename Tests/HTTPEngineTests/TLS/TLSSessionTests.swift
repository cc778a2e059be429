import TestSupport
import Testing

@testable import HTTPEngine

@Suite struct TLSSessionTests {
  private func context(
    _ name: String = "server", protocols: [ApplicationProtocol] = [],
    _ change: (inout TLSConfiguration) -> Void = { _ in }
  ) throws -> TLSContext {
    var configuration = try TLSConfiguration.test(name)
    change(&configuration)
    return try TLSContext(configuration, protocols: protocols)
  }

  private func pair(
    _ context: TLSContext, _ options: TLSClientOptions = TLSClientOptions()
  ) throws -> (client: TLSPeer, server: TLSPeer) {
    let client = try TLSPeer(client: TLSClientContext(options))
    return (client, try TLSPeer(server: context))
  }

  @Test(arguments: ["server", "rsa"], [TLSVersion.tls12, .tls13])
  func `carries bytes both ways`(_ name: String, _ version: TLSVersion) throws {
    let options = TLSClientOptions(versions: version.number...version.number)
    let (client, server) = try pair(context(name), options)
    exchange(client, server)
    #expect(client.session.state == .open)
    #expect(server.session.state == .open)
    let security = server.session.security
    #expect(security.version == version)
    #expect(security.cipher.contains("GCM"))
    #expect(!security.isResumed)
    #expect(security.client == nil)
    client.send(Array("question".utf8))
    server.send(Array("answer".utf8))
    exchange(client, server)
    #expect(server.takeReceived() == Array("question".utf8))
    #expect(client.takeReceived() == Array("answer".utf8))
  }

  @Test func `takes ciphertext in any pieces`() throws {
    let (client, server) = try pair(context())
    client.take([])
    for _ in 0..<4 {
      for byte in client.takeOutput() { server.take([byte]) }
      for byte in server.takeOutput() { client.take([byte]) }
    }
    #expect(server.session.state == .open)
    client.send(Array("abc".utf8))
    for byte in client.takeOutput() { server.take([byte]) }
    #expect(server.takeReceived() == Array("abc".utf8))
  }

  @Test(arguments: [1, 7, 1000, 16384, 100_000])
  func `keeps what does not fit until it is asked for`(_ room: Int) throws {
    let (client, server) = try pair(context())
    exchange(client, server)
    let sent = (0..<100_000).map { UInt8(truncatingIfNeeded: $0 &* 31 &>> 3) }
    client.send(sent)
    server.take(client.takeOutput(), room: room)
    #expect(server.takeReceived() == sent)
    #expect(!server.session.hasInput)
  }

  @Test func `finds a request that came with the end of the handshake`() throws {
    let (client, server) = try pair(context())
    client.take([])
    server.take(client.takeOutput())
    client.take(server.takeOutput())
    client.send(Array("early".utf8))
    // The client's Finished and its first bytes in one piece.
    server.take(client.takeOutput())
    #expect(server.session.state == .open)
    #expect(server.takeReceived() == Array("early".utf8))
  }

  @Test(arguments: [
    (
      [ApplicationProtocol.http2, .http1], [ApplicationProtocol.http1, .http2],
      ApplicationProtocol?.some(.http2)
    ),
    ([.http1, .http2], [.http2, .http1], .http1),
    ([.http2, .http1], [.http1], .http1),
    ([.http2, .http1], [], nil),
  ])
  func `chooses the application protocol that the server wants most`(
    _ offered: [ApplicationProtocol], _ asked: [ApplicationProtocol],
    _ expected: ApplicationProtocol?
  ) throws {
    let (client, server) = try pair(
      context(protocols: offered), TLSClientOptions(protocols: asked))
    exchange(client, server)
    #expect(server.session.applicationProtocol == expected)
    #expect(client.session.applicationProtocol == expected)
  }

  @Test func `a client that asks for HTTP/1.0 alone is served`() throws {
    let (client, server) = try pair(
      context(protocols: [.http2, .http1]), TLSClientOptions(otherNames: ["http/1.0"]))
    exchange(client, server)
    #expect(server.session.state == .open)
    #expect(server.session.applicationProtocol == .http1)
  }

  @Test(arguments: [
    TLSClientOptions(versions: 0x0302...0x0302),
    TLSClientOptions(versions: 0x0303...0x0303, ciphers12: "ECDHE-ECDSA-AES128-SHA256"),
    TLSClientOptions(versions: 0x0303...0x0303, ciphers12: "AES128-GCM-SHA256"),
    TLSClientOptions(protocols: [.http2]),
  ])
  func `refuses clients with nothing acceptable in common`(_ options: TLSClientOptions) throws {
    let (client, server) = try pair(context(protocols: [.http1]), options)
    exchange(client, server)
    #expect(server.session.state == .failed(.nothingInCommon))
    // The client was told by an alert.
    #expect(client.session.state == .failed(.refusedByClient))
  }

  @Test func `speaks version 1.3 only when told so`() throws {
    let strict = try context { $0.minimumVersion = .tls13 }
    let (client, server) = try pair(strict, TLSClientOptions(versions: 0x0303...0x0303))
    exchange(client, server)
    #expect(server.session.state == .failed(.nothingInCommon))
  }

  @Test func `says and hears the end`() throws {
    let (client, server) = try pair(context())
    exchange(client, server)
    client.send(Array("last".utf8))
    client.session.finish()
    exchange(client, server)
    #expect(server.takeReceived() == Array("last".utf8))
    server.take([])
    #expect(server.session.state == .ended)
    #expect(server.session.hasInput)
    // The other direction is still open.
    #expect(server.send(Array("answer".utf8)))
    server.session.finish()
    server.session.finish()
    exchange(client, server)
    #expect(client.takeReceived() == Array("answer".utf8))
    #expect(client.session.state == .ended)
  }

  // MARK: Hostile peers

  @Test func `does not renegotiate`() throws {
    let (client, server) = try pair(
      context(), TLSClientOptions(versions: 0x0303...0x0303))
    exchange(client, server)
    let before = server.session.security.cipher
    client.renegotiate()
    server.take(client.takeOutput())
    // One warning alert (no_renegotiation, RFC 5246 section 7.2.2), then business as usual.
    #expect(server.takeOutput().count < 64)
    #expect(server.session.state == .open)
    #expect(server.session.security.cipher == before)
  }

  @Test func `follows changes of keys`() throws {
    let (client, server) = try pair(context(), TLSClientOptions(versions: 0x0304...0x0304))
    exchange(client, server)
    for round in 0..<50 {
      client.updateKeys()
      client.send([UInt8(round)])
      exchange(client, server)
      server.send([UInt8(round)])
      exchange(client, server)
      #expect(server.takeReceived() == [UInt8(round)])
      #expect(client.takeReceived() == [UInt8(round)])
    }
  }

  @Test(arguments: [1, 2, 3, 4] as [UInt64])
  func `survives noise`(_ seed: UInt64) throws {
    var random = SeededGenerator(seed: seed)
    let context = try context()
    for _ in 0..<100 {
      let server = try TLSPeer(server: context)
      for _ in 0..<Int.random(in: 1...5, using: &random) {
        let count = Int.random(in: 0...600, using: &random)
        server.take((0..<count).map { _ in UInt8.random(in: 0...255, using: &random) })
      }
      #expect(server.session.state != .open, "seed \(seed)")
    }
  }

  @Test(arguments: [1, 2] as [UInt64])
  func `survives damage to every message`(_ seed: UInt64) throws {
    var random = SeededGenerator(seed: seed)
    let context = try context()
    for damaged in 0..<6 {
      for _ in 0..<20 {
        let (client, server) = try pair(context)
        client.take([])
        client.send([])
        for step in 0..<6 {
          var bytes = client.takeOutput()
          if step == damaged, !bytes.isEmpty {
            bytes[Int.random(in: 0..<bytes.count, using: &random)] ^=
              1
              << UInt8.random(
                in: 0...7, using: &random)
          }
          server.take(bytes)
          client.take(server.takeOutput())
          if client.session.state == .open { client.send(Array("x".utf8)) }
        }
      }
    }
  }

  @Test func `bounds the first message of a client`() throws {
    let server = try TLSPeer(server: context())
    // A ClientHello that claims 16 MiB, in records of 16 KiB.
    var first: [UInt8] = [22, 3, 1, 0x40, 0, 1, 0xFF, 0xFF, 0xFF]
    first += [UInt8](repeating: 0, count: 16384 - 4)
    let next = [22, 3, 1, 0x40, 0] + [UInt8](repeating: 0, count: 16384)
    server.take(first)
    var rounds = 0
    while server.session.isHandshaking, rounds < 100 {
      server.take(next)
      rounds += 1
    }
    #expect(server.session.state == .failed(.protocolViolation))
    #expect(rounds < 10)
  }
}
