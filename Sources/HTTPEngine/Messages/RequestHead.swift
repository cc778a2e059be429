/// Everything that a request says before its body.
public struct RequestHead: Sendable {
  private final class Storage: Sendable {
    let method: Method
    let target: TargetParts
    let fields: HeaderFields
    let version: HTTPVersion
    let framing: BodyFraming
    let expectsContinue: Bool
    let connection: ConnectionInfo
    let reading = ReadingSlot()

    init(
      _ method: Method, _ target: TargetParts, _ fields: HeaderFields, _ version: HTTPVersion,
      _ framing: BodyFraming, _ expectsContinue: Bool, _ connection: ConnectionInfo
    ) {
      self.method = method
      self.target = target
      self.fields = fields
      self.version = version
      self.framing = framing
      self.expectsContinue = expectsContinue
      self.connection = connection
    }
  }

  // One reference: a head is passed on several times per request.
  private let storage: Storage

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
        query: parts.count > 1 ? String(parts[1]) : nil),
      fields: fields, version: version,
      framing: contentLength.map { .length($0) } ?? .none, expectsContinue: false,
      connection: connection)
  }

  init(
    method: Method, target: TargetParts, fields: HeaderFields, version: HTTPVersion,
    framing: BodyFraming, expectsContinue: Bool, connection: ConnectionInfo
  ) {
    storage = Storage(
      method, target, fields, version, framing, expectsContinue, connection)
  }

  /// The method.
  public var method: Method { storage.method }
  /// The request target as received.
  public var target: String { storage.target.target }
  /// The target's path as received, not percent-decoded; "*" for `OPTIONS *`.
  public var path: String { storage.target.path }
  /// What follows "?" in the target; nil without one.
  public var query: String? { storage.target.query }
  /// The host and port that the request is for: the target's authority, else the Host field.
  public var authority: String? { storage.target.authority ?? storage.fields["host"] }
  /// The field lines.
  public var fields: HeaderFields { storage.fields }
  /// The protocol version.
  public var version: HTTPVersion { storage.version }
  /// The declared length of the body; nil when chunked or absent.
  public var contentLength: Int? { storage.framing.length }
  /// Whether the body comes in chunks of unknown number.
  public var isChunked: Bool { storage.framing == .chunked }
  /// Whether the client waits for 100 (Continue) before it sends the body.
  public var expectsContinue: Bool { storage.expectsContinue }
  /// Where the request came from.
  public var connection: ConnectionInfo { storage.connection }

  /// What the application has made of the head; nil until it keeps something.
  ///
  /// A client mostly repeats itself: an HTTP/1 head that equals the one before it on the same
  /// connection is the same object, so that what depends on the head alone is worked out once.
  public var reading: (any AnyObject & Sendable)? { storage.reading.value }

  /// Keeps what the application has made of the head, with it; the first one stays.
  public func keep(_ reading: any AnyObject & Sendable) { storage.reading.fill(reading) }

  /// Whether a body follows.
  public var hasBody: Bool { isChunked || (contentLength ?? 0) > 0 }
}

/// A request target taken apart (RFC 9112 §3.2).
struct TargetParts: Equatable, Sendable {
  var target: String
  var path: String
  var query: String?
  /// The authority in the target itself; nil in origin-form.
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
