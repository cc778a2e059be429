/// A protocol that a connection can speak, as ALPN names it (RFC 7301).
public enum ApplicationProtocol: String, Sendable, Hashable, CaseIterable {
  /// HTTP/1.1 and 1.0.
  case http1 = "http/1.1"
  /// HTTP/2.
  case http2 = "h2"
}
