/// Why the engine answers a request itself.
public enum Refusal: Error, Sendable, Equatable {
  /// The message breaks a rule of its protocol.
  case malformedMessage(MessageFault)
  /// The major version is not spoken here.
  case unsupportedVersion
  /// A transfer coding other than chunked.
  case unsupportedTransferCoding
  /// A method that no part of the server knows.
  case unknownMethod
  /// The request line is too long.
  case targetTooLong(limitBytes: Int)
  /// The field section is too long.
  case fieldsTooLarge(limitBytes: Int)
  /// The body is longer than admission allowed.
  case contentTooLarge(limitBytes: Int)
  /// The client was too slow.
  case requestTimeout
  /// An expectation other than 100-continue.
  case expectationFailed
  /// There are as many connections as the configuration allows.
  case tooManyConnections
  /// There is no memory for the body.
  case outOfMemory
  /// A reply was dropped, or a response could not be written.
  case `internal`

  /// The status that answers it.
  public var status: Status {
    switch self {
    case .malformedMessage: 400
    case .unsupportedVersion: 505
    case .unsupportedTransferCoding: 501
    case .unknownMethod: 501
    case .targetTooLong: 414
    case .fieldsTooLarge: 431
    case .contentTooLarge: 413
    case .requestTimeout: 408
    case .expectationFailed: 417
    case .tooManyConnections: 503
    case .outOfMemory: 503
    case .internal: 500
    }
  }
}

extension Refusal: CustomStringConvertible {
  /// One sentence for people.
  public var description: String {
    switch self {
    case .malformedMessage(let fault): fault.description
    case .unsupportedVersion: "This protocol version is not supported."
    case .unsupportedTransferCoding: "The only transfer coding is chunked."
    case .unknownMethod: "The method is not implemented."
    case .targetTooLong(let limit): "The request line is longer than \(limit) bytes."
    case .fieldsTooLarge(let limit): "The field section is longer than \(limit) bytes."
    case .contentTooLarge(let limit): "The content is longer than \(limit) bytes."
    case .requestTimeout: "The request did not arrive in time."
    case .expectationFailed: "The only expectation is 100-continue."
    case .tooManyConnections: "All connections are taken."
    case .outOfMemory: "There is no memory for the content."
    case .internal: "The request could not be answered."
    }
  }
}
