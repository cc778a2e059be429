/// What is known about the connection that carries a request.
public struct ConnectionInfo: Sendable {
  private final class Storage: Sendable {
    let id: UInt64
    let peer: String
    let listener: String
    let isTLS: Bool
    let security: ConnectionSecurity?
    let process: PeerProcess?

    init(
      id: UInt64, peer: String, listener: String, isTLS: Bool, security: ConnectionSecurity?,
      process: PeerProcess?
    ) {
      self.id = id
      self.peer = peer
      self.listener = listener
      self.isTLS = isTLS
      self.security = security
      self.process = process
    }
  }

  // One reference, so that copying a request head costs one retain.
  private let storage: Storage

  /// Describes a connection.
  ///
  /// - Parameters:
  ///   - id: Unique within the server's life.
  ///   - peer: The client's address as text.
  ///   - listener: The name of the listener that accepted it.
  ///   - isTLS: Whether the bytes are encrypted.
  ///   - security: What the TLS handshake has agreed on.
  ///   - process: Who is at the other end of a Unix-domain socket.
  public init(
    id: UInt64, peer: String, listener: String, isTLS: Bool, security: ConnectionSecurity? = nil,
    process: PeerProcess? = nil
  ) {
    storage = Storage(
      id: id, peer: peer, listener: listener, isTLS: isTLS, security: security, process: process)
  }

  /// No connection: requests made in the same process.
  public static let detached = ConnectionInfo(id: 0, peer: "", listener: "", isTLS: false)

  /// Unique within the server's life.
  public var id: UInt64 { storage.id }
  /// The client's address as text, without the port; empty on a Unix-domain socket.
  public var peer: String { storage.peer }
  /// The name of the listener that accepted the connection.
  public var listener: String { storage.listener }
  /// Whether the bytes are encrypted.
  public var isTLS: Bool { storage.isTLS }
  /// What the TLS handshake has agreed on, with the client's certificate; nil without TLS, and
  /// before the handshake is complete, which is before any request.
  public var security: ConnectionSecurity? { storage.security }
  /// Who is at the other end of a Unix-domain socket, as the kernel says.
  public var process: PeerProcess? { storage.process }

  /// The same connection after its handshake.
  func with(_ security: ConnectionSecurity?) -> ConnectionInfo {
    ConnectionInfo(
      id: id, peer: peer, listener: listener, isTLS: isTLS, security: security, process: process)
  }
}

/// A process that has connected to a Unix-domain socket (SO_PEERCRED, unix(7)).
public struct PeerProcess: Sendable, Hashable {
  /// Its number when it connected; nil if it lives in another process namespace.
  public let processID: Int32?
  /// Its effective user.
  public let userID: UInt32
  /// Its effective group.
  public let groupID: UInt32

  /// Describes a process.
  public init(processID: Int32?, userID: UInt32, groupID: UInt32) {
    self.processID = processID
    self.userID = userID
    self.groupID = groupID
  }
}
