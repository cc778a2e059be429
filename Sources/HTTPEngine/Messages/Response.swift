/// An answer; the engine adds Content-Length, Date and Connection.
public struct Response: Sendable {
  /// The status code.
  public var status: Status
  /// The field lines; lines that framing decides are replaced by the engine's own.
  public var fields: HeaderFields
  /// One more line, which shared fields need not be copied for.
  public var identifier: IdentifierField?
  /// The content.
  public var body: ResponseBody
  /// Whether the connection ends after this answer.
  public var closesConnection: Bool
  /// Hears, on the loop thread, the status that the answer is about to be written with.
  ///
  /// That is 304 where the client has the content already. An answer that is replaced by a refusal,
  /// or whose client has gone, is not written.
  public var whenWritten: (@Sendable (Status) -> Void)?

  /// Makes an answer.
  ///
  /// - Parameters:
  ///   - status: The status code.
  ///   - fields: The field lines.
  ///   - body: The content.
  ///   - closesConnection: Whether the connection ends after it.
  public init(
    status: Status = .ok, fields: HeaderFields = [:], body: ResponseBody = .empty,
    closesConnection: Bool = false
  ) {
    self.status = status
    self.fields = fields
    self.body = body
    self.closesConnection = closesConnection
  }

  /// Whether it may be written as it is.
  var isWellFormed: Bool { fields.isWellFormed && status.isFinal }
}

/// The content of an answer.
public enum ResponseBody: Sendable {
  /// No content.
  case empty
  /// Bytes in an array.
  case bytes([UInt8])
  /// Bytes in pooled memory, sent without a copy.
  case buffer(BodyBuffer)
  /// Content of unknown length, produced as the client takes it; sent in chunks.
  case stream(any BodyProducer)

  /// The number of bytes; nil when it is not known beforehand.
  public var count: Int? {
    switch self {
    case .empty: 0
    case .bytes(let bytes): bytes.count
    case .buffer(let buffer): buffer.count
    case .stream: nil
    }
  }
}

/// Produces a body piece by piece, on the loop thread, each time the last piece has been sent.
public protocol BodyProducer: AnyObject, Sendable {
  /// The next piece; nil at the end. An empty piece is skipped. Must not block.
  func next() -> [UInt8]?
}
