/// Hears what a server does; every method is called on a loop thread and must return quickly.
public protocol ServerObserver: Sendable {
  /// A connection was accepted.
  func connectionOpened(_ connection: ConnectionInfo)
  /// A connection ended.
  func connectionClosed(_ connection: ConnectionInfo, reason: CloseReason)
  /// A TLS handshake is complete; the connection's ``ConnectionInfo/security`` says how.
  func handshakeCompleted(_ connection: ConnectionInfo)
  /// A TLS handshake, or later a record, has failed; the connection ends.
  func tlsFailed(_ failure: TLSFailure, connection: ConnectionInfo)
  /// An answer has been decided and goes out from now on; the client may still leave it unread.
  func requestCompleted(_ exchange: CompletedExchange)
  /// The engine answered a request itself.
  func refused(_ refusal: Refusal, connection: ConnectionInfo)
  /// A request has begun on a stream of an HTTP/2 connection.
  func streamOpened(_ connection: ConnectionInfo)
  /// A stream of an HTTP/2 connection was reset.
  func streamReset(by side: StreamReset, connection: ConnectionInfo)
  /// An HTTP/2 connection ends because of what its client has done.
  func sessionFailed(_ failure: SessionFailure, connection: ConnectionInfo)
  /// An answer came after its client had gone.
  func replyDropped()
  /// A connection could not be accepted, for want of descriptors or memory or because it was gone.
  func acceptFailed(errno: Int32)
}

extension ServerObserver {
  /// Does nothing.
  public func handshakeCompleted(_ connection: ConnectionInfo) {}
  /// Does nothing.
  public func tlsFailed(_ failure: TLSFailure, connection: ConnectionInfo) {}
  /// Does nothing.
  public func connectionOpened(_ connection: ConnectionInfo) {}
  /// Does nothing.
  public func connectionClosed(_ connection: ConnectionInfo, reason: CloseReason) {}
  /// Does nothing.
  public func requestCompleted(_ exchange: CompletedExchange) {}
  /// Does nothing.
  public func refused(_ refusal: Refusal, connection: ConnectionInfo) {}
  /// Does nothing.
  public func streamOpened(_ connection: ConnectionInfo) {}
  /// Does nothing.
  public func streamReset(by side: StreamReset, connection: ConnectionInfo) {}
  /// Does nothing.
  public func sessionFailed(_ failure: SessionFailure, connection: ConnectionInfo) {}
  /// Does nothing.
  public func replyDropped() {}
  /// Does nothing.
  public func acceptFailed(errno: Int32) {}
}

/// An observer that listens to nothing.
public struct SilentObserver: ServerObserver {
  /// Makes one.
  public init() {}
}

/// Who has reset a stream.
public enum StreamReset: Sendable, Hashable, CaseIterable {
  /// The client wants its answer no more.
  case client
  /// The server does not take the request, or its client is too slow.
  case server
}

/// Why an HTTP/2 connection was ended by the server before its time.
public enum SessionFailure: Sendable, Hashable, CaseIterable {
  /// The client broke a rule of the protocol.
  case protocolViolation
  /// The client makes more trouble than use.
  case flood
  /// The client does not finish what it has begun.
  case slow
  /// The server cannot go on.
  case `internal`
}

/// Why a connection ended.
public enum CloseReason: Sendable, Hashable, CaseIterable {
  /// The client closed it between two requests.
  case peerFinished
  /// The client left in the middle of a request or an answer.
  case peerAborted
  /// The server closed it after an answer.
  case answered
  /// It was idle for too long.
  case idleTimeout
  /// The client was too slow.
  case timeout
  /// The server is draining or stopping.
  case shutdown
  /// TLS failed.
  case tlsFailed
  /// The authority of the client's certificate was taken away while it was connected.
  case trustWithdrawn
}

/// What can be told about a request once its answer is under way.
public struct CompletedExchange: Sendable {
  /// The head; nil if it could not be read.
  public let head: RequestHead?
  /// The answer's status.
  public let status: Status
  /// Bytes of the request's body.
  public let bodyBytesReceived: Int
  /// Bytes of the answer, head included, as far as they are known when it starts.
  public let bytesSent: Int
  /// When the head was complete, in nanoseconds of the monotonic clock.
  public let startedAt: UInt64
  /// Which connection it was.
  public let connection: ConnectionInfo
}
