import HTTPEngine

/// Who may do what: the content of one keys file, which never changes.
final class AccessPolicy: Sendable {
  /// How a client proves to be one of the file's.
  enum Proof: Sendable, Equatable {
    /// A key with one of these digests; two while a key is being replaced.
    case key([SHA256Digest])
    /// A verified certificate with this common name or alternative name.
    case certificateName(String)
    /// A verified certificate with this digest.
    case certificateDigest(SHA256Digest)
    /// The user of a Unix socket.
    case user(UInt32)
  }

  /// One client.
  struct Client: Sendable, Equatable {
    /// What logs call it.
    let name: String
    /// What it may do.
    let scopes: Set<AccessScope>
    /// How it proves to be itself.
    let proof: Proof
  }

  /// At least one; no two have the same name or proof.
  let clients: [Client]

  init(clients: [Client]) { self.clients = clients }

  /// The client with a key.
  ///
  /// Every digest is looked at, whichever of them is the right one.
  func client(withKey key: String) -> Client? {
    let digest = SHA256Digest(of: key.utf8)
    var found: Client?
    for client in clients {
      guard case .key(let digests) = client.proof else { continue }
      for known in digests where known == digest { found = client }
    }
    return found
  }

  /// The client at the other end of a connection, by its certificate, else by its user.
  func client(at connection: ConnectionInfo) -> Client? {
    if let certificate = connection.security?.client {
      let fingerprint = SHA256Digest(hexadecimal: certificate.fingerprint)
      return clients.first { $0.proof.matches(certificate, fingerprint) }
    }
    guard let userID = connection.process?.userID else { return nil }
    return clients.first { $0.proof == .user(userID) }
  }
}

extension AccessPolicy.Proof {
  fileprivate func matches(
    _ certificate: ClientCertificate, _ fingerprint: SHA256Digest?
  ) -> Bool {
    switch self {
    case .certificateDigest(let digest): digest == fingerprint
    case .certificateName(let name):
      certificate.commonName == name || certificate.alternativeNames.contains { $0.text == name }
    case .key, .user: false
    }
  }
}

extension ClientCertificate.Name {
  /// The name without its kind.
  fileprivate var text: String {
    switch self {
    case .dns(let text), .email(let text), .uri(let text): text
    }
  }
}

extension AccessPolicy.Client {
  /// How logs name it.
  var identity: ClientIdentity {
    switch proof {
    case .key: .key(name)
    case .certificateName, .certificateDigest: .certificate(name)
    case .user: .user(name)
    }
  }
}
