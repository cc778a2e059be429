import Glibc
import Testing

@testable import HTTPEngine

/// A server's transport over a socket whose other end is in the test's hands.
///
/// Safety: pointers to local arrays, for one call each.
@Suite struct TLSTransportTests {
  private final class Pair {
    let transport: TLSTransport
    let client: TLSPeer
    let descriptor: Int32
    let peer: Int32
    let calls = SystemCalls()

    init(_ versions: ClosedRange<Int32>) throws {
      var descriptors: [Int32] = [0, 0]
      let type = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_NONBLOCK.rawValue)
      unsafe socketpair(AF_UNIX, type, 0, &descriptors)
      (descriptor, peer) = (descriptors[0], descriptors[1])
      var listener = ListenerConfiguration(name: "test", host: "127.0.0.1", port: 0)
      listener.tls = try .test()
      transport = TLSTransport(
        slot: try #require(try TLSContextSlot(listener)), scratch: TLSScratch())
      client = try TLSPeer(client: TLSClientContext(TLSClientOptions(versions: versions)))
    }

    deinit {
      close(descriptor)
      close(peer)
    }

    /// Carries what the client says to the server's socket.
    func speak() {
      let bytes = client.takeOutput()
      unsafe #expect(Glibc.send(peer, bytes, bytes.count, 0) == bytes.count)
    }

    /// Carries what the server has sent to the client; how many bytes there were.
    @discardableResult
    func listen() -> Int {
      var bytes = [UInt8](repeating: 0, count: 1 << 16)
      let count = unsafe recv(peer, &bytes, bytes.count, 0)
      if count > 0 { client.take(Array(bytes.prefix(count))) }
      return count
    }

    /// Goes on until the server has all that the handshake needs.
    func shakeHands(with request: String) {
      client.take([])
      speak()
      while transport.handshake(descriptor, calls) == .blocked {
        listen()
        // TLS 1.3: the client may speak before it hears more.
        if client.session.state == .open { client.send(Array(request.utf8)) }
        speak()
      }
    }

    func receive() -> String {
      var bytes = [UInt8](repeating: 0, count: 64)
      let result = unsafe bytes.withUnsafeMutableBytes {
        unsafe transport.receive(descriptor, into: $0, calls)
      }
      return String(decoding: bytes.prefix(max(0, result.value)), as: UTF8.self)
    }

    func send(_ text: String) -> Int {
      unsafe Array(text.utf8).withUnsafeBytes { bytes in
        unsafe transport.send(
          descriptor, bytes, UnsafeRawBufferPointer(start: nil, count: 0), calls
        ).value
      }
    }
  }

  @Test func `sends the ticket with the answer to a client that has asked already`() throws {
    let pair = try Pair(0x0304...0x0304)
    pair.shakeHands(with: "question")
    #expect(pair.transport.security?.version == .tls13)
    // Nobody is to wait for the socket on account of what is held.
    #expect(!pair.transport.hasUnsentOutput)
    #expect(pair.receive() == "question")
    #expect(pair.listen() < 0)
    #expect(pair.send("answer") == 6)
    #expect(pair.listen() > 6)
    #expect(pair.client.takeReceived() == Array("answer".utf8))
    #expect(pair.client.ticket?.isResumable == true)
    #expect(pair.send("more") == 4)
    pair.listen()
    #expect(pair.client.takeReceived() == Array("more".utf8))
  }

  @Test(arguments: [0x0303, 0x0304] as [Int32])
  func `sends the end of a handshake without an answer when it is told to`(
    _ version: Int32
  ) throws {
    let pair = try Pair(version...version)
    pair.shakeHands(with: "")
    #expect(pair.listen() < 0)
    #expect(pair.transport.sendUnsent(pair.descriptor, pair.calls).errno == nil)
    #expect(pair.listen() > 0)
    #expect(pair.client.session.state == .open)
    #expect(pair.client.ticket?.isResumable == true)
  }

  @Test func `says the end behind what was held`() throws {
    let pair = try Pair(0x0304...0x0304)
    pair.shakeHands(with: "")
    #expect(pair.transport.finishSending(pair.descriptor, pair.calls))
    #expect(pair.listen() > 0)
    #expect(pair.client.session.state == .ended)
    #expect(pair.client.ticket?.isResumable == true)
  }
}
