import HTTPEngine
import WorkerPool

// The problems that the service itself has with a request, before or around its content.

extension ServiceProblem {
  /// No route has this path.
  static let noSuchRoute = ServiceProblem(.notFound, detail: "there is no route with this path")

  /// No strategy has this name.
  static let noSuchStrategy = ServiceProblem(
    .notFound, detail: "there is no strategy with this name")

  /// The path cannot be decoded.
  static let malformedPath = ServiceProblem(
    .malformedMessage, detail: "the path is not valid after percent-decoding")

  /// What clients hear from the first signal on; another instance should be there in a moment.
  static let draining = ServiceProblem(
    .draining, detail: "the service finishes its work and takes no more", retryAfterSeconds: 1)

  /// The deadline passed in the queue or between two phases.
  static let deadlinePassed = ServiceProblem(
    .deadlineExceeded, detail: "the deadline passed before the answer was ready")

  /// The body fell behind, and its room was needed.
  static func bodyTooSlow(retryAfterSeconds: Int) -> ServiceProblem {
    ServiceProblem(
      .overloaded, detail: "the body came slowly and its room was needed by others",
      retryAfterSeconds: retryAfterSeconds)
  }

  /// The client had finished sending, which most do that leave, and the answer took long.
  static let halfClosedTooLong = ServiceProblem(
    .deadlineExceeded,
    detail: "the connection was half-closed and the answer not ready in \(halfClosePatience)")

  private static var halfClosePatience: String { "\(Cancellation.halfClosePatience)" }

  /// The body has an unknown content coding, or several (RFC 9110 §8.4).
  static let contentCoding = ServiceProblem(
    .unsupportedMediaType,
    detail: "the body may have one content coding, gzip or deflate, or none",
    extensions: [.supported(ContentEncoding.compressing.map(\.token))])

  /// Work needs a body, and the head announces none (RFC 9110 §15.5.12).
  static let lengthMissing = ServiceProblem(
    .lengthRequired, detail: "the request must have a body, with its length or in chunks")

  /// The body is of a media type that no route reads.
  static let mediaType = ServiceProblem(
    .unsupportedMediaType, detail: "the body must be JSON or a safetensors file, and say so",
    extensions: [.supported(Negotiation.mediaTypes)])

  /// The path exists, for other methods.
  static func wrongMethod(allow: [Method]) -> ServiceProblem {
    ServiceProblem(
      .methodNotAllowed, detail: "the methods of this route are \(allow.allowFieldValue)")
  }

  /// Why a job ended early.
  init(_ interruption: JobInterruption) {
    switch interruption {
    case .deadlineExceeded: self = .deadlinePassed
    case .draining: self = .draining
    case .cancelled: self.init(.requestTimeout, detail: "the client has gone")
    }
  }

  /// What the engine itself has against a request.
  ///
  /// - Parameters:
  ///   - refusal: The engine's reason.
  ///   - retryAfterSeconds: When there may be room, if it is room that lacks.
  init(_ refusal: Refusal, retryAfterSeconds: Int = 1) {
    let type: ProblemType =
      switch refusal {
      case .malformedMessage: .malformedMessage
      case .unsupportedVersion: .unsupportedVersion
      case .unsupportedTransferCoding: .unsupportedTransferCoding
      case .unknownMethod: .unsupportedMethod
      case .targetTooLong: .targetTooLong
      case .fieldsTooLarge: .fieldsTooLarge
      case .contentTooLarge: .contentTooLarge
      case .requestTimeout: .requestTimeout
      case .expectationFailed: .expectationFailed
      case .tooManyConnections, .outOfMemory: .overloaded
      case .internal: .internal
      }
    self.init(
      type, detail: refusal.description, extensions: refusal.limit.map { [.limitBytes($0)] } ?? [],
      retryAfterSeconds: type == .overloaded ? retryAfterSeconds : nil)
  }
}

extension Refusal {
  /// The limit that was exceeded, in bytes.
  fileprivate var limit: Int? {
    switch self {
    case .targetTooLong(let limit), .fieldsTooLarge(let limit), .contentTooLarge(let limit): limit
    default: nil
    }
  }
}
