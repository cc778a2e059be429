/// What a TLS handshake has agreed on.
public struct ConnectionSecurity: Sendable, Equatable {
  /// The version.
  public let version: TLSVersion
  /// OpenSSL's name of the cipher suite.
  public let cipher: String
  /// The protocol chosen by ALPN; nil if the client did not ask.
  public let applicationProtocol: ApplicationProtocol?
  /// Whether an earlier session was resumed.
  public let isResumed: Bool
  /// The client's certificate, verified; nil if it has shown none.
  public let client: ClientCertificate?

  /// Describes a handshake.
  public init(
    version: TLSVersion, cipher: String, applicationProtocol: ApplicationProtocol?,
    isResumed: Bool, client: ClientCertificate?
  ) {
    self.version = version
    self.cipher = cipher
    self.applicationProtocol = applicationProtocol
    self.isResumed = isResumed
    self.client = client
  }
}

/// Who a client is, by a certificate that one of the configured authorities has signed.
public struct ClientCertificate: Sendable, Hashable {
  /// A name from the certificate's list of alternative names.
  public enum Name: Sendable, Hashable {
    /// A host.
    case dns(String)
    /// A mailbox.
    case email(String)
    /// For instance a SPIFFE identity.
    case uri(String)
  }

  /// The subject's common name; nil unless there is exactly one, in printable characters.
  public let commonName: String?
  /// The first alternative names, at most eight; those with unprintable characters are left out.
  public let alternativeNames: [Name]
  /// The SHA-256 of the certificate, as 64 lowercase hexadecimal digits.
  public let fingerprint: String

  /// Describes a certificate.
  public init(commonName: String?, alternativeNames: [Name], fingerprint: String) {
    self.commonName = commonName
    self.alternativeNames = alternativeNames
    self.fingerprint = fingerprint
  }
}
