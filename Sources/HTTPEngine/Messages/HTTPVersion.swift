/// The protocol version of a request.
public enum HTTPVersion: Sendable, Hashable {
  /// HTTP/1.0.
  case http10
  /// HTTP/1.1.
  case http11
  /// HTTP/2.
  case http2
}
