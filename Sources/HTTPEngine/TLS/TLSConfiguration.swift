/// How a listener encrypts: certificates, and whether clients must show theirs.
public struct TLSConfiguration: Sendable, Equatable {
  /// A certificate chain and its private key, both in PEM files.
  public struct Identity: Sendable, Equatable {
    /// The server's certificate, followed by those that lead to its authority.
    public var certificateFile: String
    /// The key, without a passphrase.
    public var keyFile: String

    /// Names the two files.
    public init(certificateFile: String, keyFile: String) {
      self.certificateFile = certificateFile
      self.keyFile = keyFile
    }
  }

  /// Whether clients show certificates.
  public enum ClientAuthentication: Sendable, Equatable {
    /// None is asked for.
    case none
    /// One is asked for; a client without one is served, one with a bad one is not.
    case optional(authoritiesFile: String)
    /// Without a certificate of one of these authorities there is no connection.
    case required(authoritiesFile: String)
  }

  /// At most one for each kind of key; ECDSA is many times cheaper than RSA.
  public var identities: [Identity]
  /// Whether clients show certificates.
  public var clientAuthentication = ClientAuthentication.none
  /// The oldest version that is spoken.
  public var minimumVersion = TLSVersion.tls12
  /// Whether clients may resume sessions.
  public var issuesTickets = true
  /// How long a ticket is good for, and how long its key seals new ones.
  public var ticketLifetime: Duration = .seconds(3600)

  /// A configuration with the defaults of the other settings.
  public init(identities: [Identity]) { self.identities = identities }

  /// A configuration with one certificate and the defaults of the other settings.
  public init(certificateFile: String, keyFile: String) {
    self.init(identities: [Identity(certificateFile: certificateFile, keyFile: keyFile)])
  }
}

/// A version of the protocol.
public enum TLSVersion: Sendable, Hashable, CaseIterable {
  /// RFC 5246.
  case tls12
  /// RFC 8446.
  case tls13
}
