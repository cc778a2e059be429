import Testing

@testable import HTTPEngine

/// A blocking TLS client on the loopback interface.
final class TLSLoopbackClient {
  let socket: LoopbackClient
  let peer: TLSPeer
  private var received: [UInt8] = []

  /// Connects and shakes hands; look at `isOpen`.
  init(
    _ socket: LoopbackClient, _ context: TLSClientContext? = nil, resuming: TLSTicket? = nil
  ) throws {
    self.socket = socket
    peer = try TLSPeer(client: context ?? TLSClientContext(), resuming: resuming)
    peer.take([])
    socket.send(peer.takeOutput())
    while peer.session.isHandshaking, let bytes = socket.read(), !bytes.isEmpty {
      peer.take(bytes)
      socket.send(peer.takeOutput())
    }
  }

  var isOpen: Bool { peer.session.state == .open }

  @discardableResult
  func send(_ bytes: [UInt8]) -> Bool {
    peer.send(bytes)
    return socket.send(peer.takeOutput())
  }

  @discardableResult
  func send(_ text: String) -> Bool { send(Array(text.utf8)) }

  /// Reads one response with a Content-Length; nil at the end of the connection.
  func readResponse() -> RawResponse? {
    while true {
      received += peer.takeReceived()
      if let (response, used) = RawResponse.parse(received, hasContent: true) {
        received.removeFirst(used)
        return response
      }
      guard let bytes = socket.read(atMost: 1 << 18), !bytes.isEmpty else { return nil }
      peer.take(bytes)
    }
  }

  /// Reads HTTP/2 frames until one fits; nil at the end of the connection.
  func readFrame(where fits: (WireFrame) -> Bool) -> WireFrame? {
    while true {
      received += peer.takeReceived()
      if let frame = WireFrame.parse(&received).first(where: fits) { return frame }
      guard let bytes = socket.read(atMost: 1 << 18), !bytes.isEmpty else { return nil }
      peer.take(bytes)
    }
  }

  /// Reads until the server closes the socket; whether TLS was closed first (close_notify).
  func readToEnd() -> Bool {
    while let bytes = socket.read(), !bytes.isEmpty { peer.take(bytes) }
    return peer.session.state == .ended
  }

  /// Says that nothing more will come, by TLS alone.
  func finishSending() {
    peer.session.finish()
    socket.send(peer.takeOutput())
  }
}

extension TestServer {
  /// A server whose only listener speaks TLS.
  static func tls(
    _ responder: any Responder = EchoResponder(), _ tls: TLSConfiguration? = nil,
    configure: (inout ServerConfiguration) -> Void = { _ in }
  ) throws -> TestServer {
    let tls = try tls ?? TLSConfiguration.test()
    return try TestServer(responder) { configuration in
      configuration.listeners[0].tls = tls
      configure(&configuration)
    }
  }

  func connectTLS(
    _ context: TLSClientContext? = nil, resuming: TLSTicket? = nil
  ) throws -> TLSLoopbackClient {
    try TLSLoopbackClient(connect(), context, resuming: resuming)
  }
}
