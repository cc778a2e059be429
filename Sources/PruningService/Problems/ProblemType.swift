/// The kinds of problem that the service answers with; each has one page, one title, one status.
public enum ProblemType: String, Sendable, CaseIterable {
  /// The HTTP message breaks a framing rule.
  case malformedMessage = "malformed-message"
  /// The HTTP version is not spoken here.
  case unsupportedVersion = "unsupported-version"
  /// The transfer coding is not spoken here.
  case unsupportedTransferCoding = "unsupported-transfer-coding"
  /// The method is known nowhere in the service.
  case unsupportedMethod = "unsupported-method"
  /// The body is not what its media type promises: bytes, JSON, base64 or container rules.
  case malformedBody = "malformed-body"
  /// Credentials are missing or wrong.
  case unauthorized
  /// Two credentials that differ.
  case conflictingCredentials = "conflicting-credentials"
  /// The credentials do not cover this.
  case forbidden
  /// No route or no strategy has this name.
  case notFound = "not-found"
  /// The route exists under other methods.
  case methodNotAllowed = "method-not-allowed"
  /// No offered encoding is acceptable to the client.
  case notAcceptable = "not-acceptable"
  /// The body's media type or content coding is not understood.
  case unsupportedMediaType = "unsupported-media-type"
  /// The request came too slowly.
  case requestTimeout = "request-timeout"
  /// The body's length must be declared.
  case lengthRequired = "length-required"
  /// The body is larger than the limit.
  case contentTooLarge = "content-too-large"
  /// The request target is longer than the limit.
  case targetTooLong = "target-too-long"
  /// The fields are larger than the limit.
  case fieldsTooLarge = "fields-too-large"
  /// The expectation is not one that the service knows.
  case expectationFailed = "expectation-failed"
  /// A tensor's shape contradicts its meaning or another tensor.
  case shapeMismatch = "shape-mismatch"
  /// A tensor has an element type that its meaning does not allow.
  case unsupportedDType = "unsupported-dtype"
  /// A tensor holds NaN or an infinity.
  case nonFiniteValue = "non-finite-value"
  /// A field is missing, unknown, contradictory or outside its range.
  case valueOutOfRange = "value-out-of-range"
  /// No ratio of the last stage meets the token budget.
  case budgetInfeasible = "budget-infeasible"
  /// No study has this name.
  case studyNotFound = "study-not-found"
  /// No trial has this name.
  case trialNotFound = "trial-not-found"
  /// The study's definition cannot change any more.
  case studyImmutable = "study-immutable"
  /// The trial has its measurement already.
  case trialAlreadyComplete = "trial-already-complete"
  /// There is a study of this name already.
  case studyExists = "study-exists"
  /// Measurements by row need a baseline that the study does not have.
  case baselineMissing = "baseline-missing"
  /// The best trial is not shown to be better than the default strategy.
  case notBetterThanDefault = "not-better-than-default"
  /// The strategy or version cannot be changed in this way.
  case strategyImmutable = "strategy-immutable"
  /// The entity is not what the request's precondition names.
  case preconditionFailed = "precondition-failed"
  /// A limit on what is kept has been reached.
  case limitReached = "limit-reached"
  /// The store of studies cannot be used at the moment.
  case storeUnavailable = "store-unavailable"
  /// This client is over its share.
  case rateLimited = "rate-limited"
  /// The queue or its bytes are full.
  case overloaded
  /// The deadline passed before the answer was ready.
  case deadlineExceeded = "deadline-exceeded"
  /// The server finishes its work and takes no more.
  case draining
  /// The server's own fault.
  case `internal`

  /// The last component of the type's URI and the name of its documentation page.
  public var slug: String { rawValue }

  /// The stable relative URI of the type (RFC 9457 §3.1.1).
  public var uri: String { "/problems/\(slug)" }

  /// The HTTP status code that belongs to the type.
  public var status: Int {
    switch self {
    case .malformedMessage, .malformedBody, .conflictingCredentials: 400
    case .unauthorized: 401
    case .forbidden: 403
    case .notFound, .studyNotFound, .trialNotFound: 404
    case .methodNotAllowed: 405
    case .notAcceptable: 406
    case .requestTimeout: 408
    case .studyImmutable, .trialAlreadyComplete, .studyExists, .baselineMissing,
      .notBetterThanDefault, .strategyImmutable, .limitReached:
      409
    case .lengthRequired: 411
    case .preconditionFailed: 412
    case .contentTooLarge: 413
    case .targetTooLong: 414
    case .unsupportedMediaType: 415
    case .expectationFailed: 417
    case .shapeMismatch, .unsupportedDType, .nonFiniteValue, .valueOutOfRange, .budgetInfeasible:
      422
    case .rateLimited: 429
    case .fieldsTooLarge: 431
    case .internal: 500
    case .unsupportedTransferCoding, .unsupportedMethod: 501
    case .overloaded, .draining, .storeUnavailable: 503
    case .deadlineExceeded: 504
    case .unsupportedVersion: 505
    }
  }

  /// The summary of the type for people, the same in every occurrence (RFC 9457 §3.1.3).
  public var title: String {
    switch self {
    case .malformedMessage: "The HTTP message is malformed"
    case .unsupportedVersion: "The HTTP version is not supported"
    case .unsupportedTransferCoding: "The transfer coding is not supported"
    case .unsupportedMethod: "The method is not implemented"
    case .malformedBody: "The body is malformed"
    case .unauthorized: "Credentials are missing or wrong"
    case .conflictingCredentials: "The request has two different credentials"
    case .forbidden: "The credentials do not allow this"
    case .notFound: "There is nothing under this name"
    case .methodNotAllowed: "The route does not have this method"
    case .notAcceptable: "No acceptable encoding is offered"
    case .unsupportedMediaType: "The media type is not supported"
    case .requestTimeout: "The request took too long to arrive"
    case .lengthRequired: "The body's length must be declared"
    case .contentTooLarge: "The body is too large"
    case .targetTooLong: "The request target is too long"
    case .fieldsTooLarge: "The header fields are too large"
    case .expectationFailed: "The expectation cannot be met"
    case .shapeMismatch: "A tensor has the wrong shape"
    case .unsupportedDType: "A tensor has an element type that is not supported here"
    case .nonFiniteValue: "A tensor holds a value that is not finite"
    case .valueOutOfRange: "A field is missing, unknown or out of range"
    case .budgetInfeasible: "The token budget cannot be met"
    case .studyNotFound: "There is no such study"
    case .trialNotFound: "There is no such trial"
    case .studyImmutable: "The study cannot be changed"
    case .trialAlreadyComplete: "The trial is complete already"
    case .studyExists: "There is a study of this name already"
    case .baselineMissing: "The study has no baseline"
    case .notBetterThanDefault: "The trial is not better than the default strategy"
    case .strategyImmutable: "The strategy cannot be changed like this"
    case .preconditionFailed: "The precondition does not hold"
    case .limitReached: "No more of these can be kept"
    case .storeUnavailable: "The store of studies is unavailable"
    case .rateLimited: "Too many requests from this client"
    case .overloaded: "The server is overloaded"
    case .deadlineExceeded: "The deadline passed"
    case .draining: "The server is shutting down"
    case .internal: "The server failed"
    }
  }
}
