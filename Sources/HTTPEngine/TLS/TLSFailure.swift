internal import COpenSSLShim

/// Why a TLS connection failed.
public enum TLSFailure: Sendable, Hashable, CaseIterable {
  /// Bytes that are not TLS, or not what TLS allows at that point.
  case protocolViolation
  /// Client and server have no version, cipher, group or application protocol in common.
  case nothingInCommon
  /// The client has no certificate, or none that can be trusted.
  case clientCertificate
  /// The client spoke HTTP without TLS.
  case plaintext
  /// The client said that it gives up, for instance because it does not trust the certificate.
  case refusedByClient
  /// The client went away in the middle.
  case disconnected
  /// The handshake took too long.
  case timeout
  /// There is no memory for the session.
  case outOfMemory

  /// What a reason of OpenSSL's means.
  init(reason: Int32) {
    switch reason {
    case SSL_R_NO_SHARED_CIPHER, SSL_R_UNSUPPORTED_PROTOCOL, SSL_R_NO_APPLICATION_PROTOCOL,
      SSL_R_NO_SUITABLE_KEY_SHARE, SSL_R_NO_SHARED_GROUPS, SSL_R_WRONG_SSL_VERSION,
      SSL_R_VERSION_TOO_LOW, SSL_R_NO_SUITABLE_SIGNATURE_ALGORITHM,
      SSL_R_INAPPROPRIATE_FALLBACK:
      self = .nothingInCommon
    case SSL_R_PEER_DID_NOT_RETURN_A_CERTIFICATE, SSL_R_CERTIFICATE_VERIFY_FAILED:
      self = .clientCertificate
    case SSL_R_HTTP_REQUEST, SSL_R_HTTPS_PROXY_REQUEST: self = .plaintext
    // Alerts of the peer's have numbers above 1000 (SSL_AD_REASON_OFFSET).
    case 1000...: self = .refusedByClient
    default: self = .protocolViolation
    }
  }
}
