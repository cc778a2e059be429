/// An answer of an HTTP/1.1 server.
public struct HTTPAnswer: Sendable, Equatable {
  /// The status.
  public let status: Int
  /// The media type without parameters, in lower case; empty where none is given.
  public let mediaType: String
  /// The seconds of `Retry-After`.
  var retryAfterSeconds: Int?
  /// The content.
  public let body: [UInt8]

  /// Makes an answer.
  ///
  /// - Parameters:
  ///   - status: The status.
  ///   - mediaType: The media type without parameters.
  ///   - body: The content.
  public init(status: Int, mediaType: String, body: [UInt8]) {
    self.status = status
    self.mediaType = mediaType
    self.body = body
  }
}
