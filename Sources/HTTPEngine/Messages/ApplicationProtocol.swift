/// A protocol that a connection can speak, as ALPN names it (RFC 7301).
public enum ApplicationProtocol: String, Sendable, Hashable, CaseIterable {
  /// HTTP/1.1 and 1.0.
  case http1 = "http/1.1"
  /// HTTP/2.
  case http2 = "h2"

  /// What ALPN may call it, most wanted first; a client of HTTP/1.0 offers nothing else.
  var names: [String] { self == .http1 ? [rawValue, "http/1.0"] : [rawValue] }

  /// The protocol of that name; nil if it is none of these.
  init?(name: String) {
    guard let known = Self.allCases.first(where: { $0.names.contains(name) }) else { return nil }
    self = known
  }
}
