import HTTPEngine

/// Who sent a request, as far as the service knows: for the access log and for shares per client.
///
/// It never holds a credential.
enum ClientIdentity: Sendable, Hashable {
  /// The name of an entry in the keys file, proved by a key.
  case key(String)
  /// The name of an entry, proved by a certificate.
  case certificate(String)
  /// The name of an entry, proved by the user of a Unix socket.
  case user(String)
  /// Nobody in particular, with this number as user of a Unix socket.
  case userID(UInt32)
  /// Nobody in particular, from this address; empty in the same process.
  case address(String)

  /// Nobody in particular, at the other end of a connection.
  init(_ connection: ConnectionInfo) {
    self = connection.process.map { .userID($0.userID) } ?? .address(connection.peer)
  }

  /// One word for logs: `key:gateway`, `address:192.0.2.1`.
  var text: String {
    switch self {
    case .key(let name): "key:\(name)"
    case .certificate(let name): "certificate:\(name)"
    case .user(let name): "user:\(name)"
    case .userID(let number): "uid:\(number)"
    case .address(let address): "address:\(address)"
    }
  }
}
