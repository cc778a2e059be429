/// The HTTP/2 side of a connection: its session, and what its loop remembers about it.
///
/// Owned by the connection, used by the loop's thread alone, and let go when the connection closes.
final class HTTP2Connection {
  /// How far a graceful end has come (RFC 9113 §6.8).
  enum Farewell {
    case none
    /// The end is announced, new requests are still taken.
    case announced
    /// The last request that is taken has been named.
    case said
  }

  let session: HTTP2Session
  // Strong, which costs less than unowned: closing the connection breaks the cycle.
  private let loop: EventLoop
  private let connection: Connection
  var farewell = Farewell.none
  /// When the last request was over, or the connection began.
  var idleSince: UInt64
  /// A request has come.
  var hasServed = false
  /// Since when output has waited for the socket.
  var blockedSince: UInt64?

  init(_ session: HTTP2Session, _ connection: Connection, _ loop: EventLoop) {
    self.session = session
    self.connection = connection
    self.loop = loop
    idleSince = loop.now
  }

  /// The client has sent its last byte: unfinished requests stay so, the others may be given up.
  func peerFinished(at now: UInt64) {
    for stream in session.streams.values { stream.cancellation.peerFinishedSending(at: now) }
  }

  /// Gives up every request.
  func cancelAll() {
    for stream in session.streams.values { stream.cancellation.cancel() }
  }
}

extension HTTP2Connection: HTTP2SessionHandler {
  func received(_ head: RequestHead, on stream: HTTP2Stream) {
    loop.admit(head, on: stream, of: connection, self)
  }

  func refused(_ refusal: Refusal, on stream: HTTP2Stream) {
    loop.refuse(stream, refusal, of: connection, self)
  }

  func completed(_ stream: HTTP2Stream, trailers: HeaderFields) {
    loop.dispatch(stream, trailers: trailers, of: connection, self)
  }

  func makeRoom(for count: Int, in stream: HTTP2Stream) -> Bool {
    loop.makeRoom(for: count, in: stream)
  }

  func malformed(_ stream: Int32) {
    loop.observer.refused(.malformedMessage(.http2), connection: connection.info)
  }

  func wasReset(by side: StreamReset) {
    loop.observer.streamReset(by: side, connection: connection.info)
  }

  func failed(_ failure: SessionFailure) {
    loop.observer.sessionFailed(failure, connection: connection.info)
  }

  func closed(_ stream: HTTP2Stream) {
    stream.cancellation.cancel()
    stream.context = nil
    stream.endBody()
    idleSince = loop.now
  }
}
