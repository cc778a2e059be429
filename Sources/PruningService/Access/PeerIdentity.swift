/// What the transport has proved about the other side of a connection.
struct PeerIdentity: Sendable, Equatable {
  /// The certificate that a TLS client has shown and that its authority has signed.
  var certificate: PeerCertificate?
  /// The user behind a Unix socket, as the kernel says.
  var userID: UInt32?
}

/// The parts of a verified client certificate by which it can be named.
struct PeerCertificate: Sendable, Equatable {
  /// The subject's common name.
  var commonName: String?
  /// The subject's alternative names: DNS names, addresses, URIs, mailboxes.
  var alternativeNames: [String] = []
  /// The SHA-256 of the whole certificate.
  var fingerprint: SHA256Digest
}
