import Glibc
import Testing

@testable import HTTPEngine

@Suite struct TransportTests {
  /// A plain transport and the descriptor of its peer.
  private final class Pair {
    let transport: Transport
    let peer: Int32

    init() {
      var descriptors: [Int32] = [0, 0]
      let type = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_NONBLOCK.rawValue)
      unsafe socketpair(AF_UNIX, type, 0, &descriptors)
      transport = Transport(descriptor: descriptors[0])
      peer = descriptors[1]
    }

    deinit {
      close(transport.descriptor)
      close(peer)
    }
  }

  private let calls = SystemCalls()

  private func receive(_ transport: Transport, atMost count: Int = 64) -> (CallResult, [UInt8]) {
    var bytes = [UInt8](repeating: 0, count: count)
    let result = unsafe bytes.withUnsafeMutableBytes {
      unsafe transport.receive(into: $0, with: calls)
    }
    return (result, Array(bytes.prefix(max(0, result.value))))
  }

  @Test func `passes bytes of a plain socket through`() {
    let pair = Pair()
    #expect(receive(pair.transport).0.errno == Errno.wouldBlock)
    unsafe #expect(Glibc.send(pair.peer, "hello", 5, 0) == 5)
    #expect(pair.transport.hasUnreadBytes(with: calls))
    #expect(receive(pair.transport).1 == Array("hello".utf8))
    #expect(!pair.transport.hasUnreadBytes(with: calls))
    #expect(!pair.transport.hasBufferedInput)
    #expect(!pair.transport.hasUnsentOutput)
    #expect(pair.transport.negotiatedProtocol == nil)
  }

  @Test func `half-closes at once`() {
    let pair = Pair()
    let sent = unsafe Array("ab".utf8).withUnsafeBytes {
      unsafe pair.transport.send($0, $0, with: calls)
    }
    #expect(sent.value == 4)
    #expect(pair.transport.finishSending(with: calls))
    let other = Transport(descriptor: pair.peer)
    #expect(receive(other).1 == Array("abab".utf8))
    #expect(receive(other).0.value == 0)
  }
}
