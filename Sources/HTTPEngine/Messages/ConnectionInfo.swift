/// What is known about the connection that carries a request.
public struct ConnectionInfo: Sendable {
  private final class Storage: Sendable {
    let id: UInt64
    let peer: String
    let listener: String
    let isTLS: Bool

    init(id: UInt64, peer: String, listener: String, isTLS: Bool) {
      self.id = id
      self.peer = peer
      self.listener = listener
      self.isTLS = isTLS
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
  public init(id: UInt64, peer: String, listener: String, isTLS: Bool) {
    storage = Storage(id: id, peer: peer, listener: listener, isTLS: isTLS)
  }

  /// No connection: requests made in the same process.
  public static let detached = ConnectionInfo(id: 0, peer: "", listener: "", isTLS: false)

  /// Unique within the server's life.
  public var id: UInt64 { storage.id }
  /// The client's address as text, without the port.
  public var peer: String { storage.peer }
  /// The name of the listener that accepted the connection.
  public var listener: String { storage.listener }
  /// Whether the bytes are encrypted.
  public var isTLS: Bool { storage.isTLS }
}
