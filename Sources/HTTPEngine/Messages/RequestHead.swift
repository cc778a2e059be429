/// Everything that a request says before its body.
public struct RequestHead: Sendable {
  /// The method.
  public let method: Method
  /// The request target as received.
  public let target: String
  /// The target's path as received, not percent-decoded; "*" for `OPTIONS *`.
  public let path: String
  /// What follows "?" in the target; nil without one.
  public let query: String?
  /// The host and port that the request is for: the target's authority, else the Host field.
  public let authority: String?
  /// The field lines.
  public let fields: HeaderFields
  /// The protocol version.
  public let version: HTTPVersion
  /// The declared length of the body; nil when chunked or absent.
  public let contentLength: Int?
  /// Whether the body comes in chunks of unknown number.
  public let isChunked: Bool
  /// Whether the client waits for 100 (Continue) before it sends the body.
  public let expectsContinue: Bool
  /// Where the request came from.
  public let connection: ConnectionInfo

  /// Makes a head, for tests and for requests that do not come from a socket.
  ///
  /// - Parameters:
  ///   - method: The method.
  ///   - target: The request target; path and query are taken from it.
  ///   - fields: The field lines.
  ///   - version: The protocol version.
  ///   - contentLength: The declared length of the body.
  ///   - connection: Where the request came from.
  public init(
    method: Method, target: String, fields: HeaderFields = [:], version: HTTPVersion = .http11,
    contentLength: Int? = nil, connection: ConnectionInfo = .detached
  ) {
    let parts = target.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
    self.init(
      method: method,
      target: TargetParts(
        target: target, path: parts.first.map(String.init) ?? "",
        query: parts.count > 1 ? String(parts[1]) : nil, authority: fields["host"]),
      fields: fields, version: version,
      framing: contentLength.map { .length($0) } ?? .none, expectsContinue: false,
      connection: connection)
  }

  init(
    method: Method, target: TargetParts, fields: HeaderFields, version: HTTPVersion,
    framing: BodyFraming, expectsContinue: Bool, connection: ConnectionInfo
  ) {
    self.method = method
    self.target = target.target
    path = target.path
    query = target.query
    authority = target.authority
    self.fields = fields
    self.version = version
    contentLength = framing.length
    isChunked = framing == .chunked
    self.expectsContinue = expectsContinue
    self.connection = connection
  }

  /// Whether a body follows.
  public var hasBody: Bool { isChunked || (contentLength ?? 0) > 0 }
}

/// A request target taken apart (RFC 9112 §3.2).
struct TargetParts: Equatable {
  var target: String
  var path: String
  var query: String?
  var authority: String?
}

/// How the end of a body is found (RFC 9112 §6.3).
enum BodyFraming: Equatable, Sendable {
  case none
  case length(Int)
  case chunked

  var length: Int? {
    guard case .length(let count) = self else { return nil }
    return count
  }
}
