public import TensorCoding

/// A request that cannot be served, with all that its problem document says about this occurrence.
public struct ServiceProblem: Error, Sendable, Equatable {
  /// One fault of a request's content and where it sits.
  public struct FieldFault: Sendable, Equatable {
    /// A JSON pointer into the request, the same in every encoding (RFC 6901).
    public let pointer: String
    /// What is wrong there.
    public let detail: String

    /// Makes a fault.
    public init(pointer: String, detail: String) {
      self.pointer = pointer
      self.detail = detail
    }
  }

  /// The kind of problem.
  public let type: ProblemType
  /// What happened this time, for people.
  public let detail: String
  /// The faults of the request's content, if it is the content that is wrong.
  public let errors: [FieldFault]
  /// Typed facts beside the standard members.
  public let extensions: [ProblemExtension]
  /// When to try again, for the `Retry-After` field.
  public let retryAfterSeconds: Int?

  /// Makes a problem with any number of faults.
  public init(
    _ type: ProblemType, detail: String, errors: [FieldFault] = [],
    extensions: [ProblemExtension] = [], retryAfterSeconds: Int? = nil
  ) {
    self.type = type
    self.detail = detail
    self.errors = errors
    self.extensions = extensions
    self.retryAfterSeconds = retryAfterSeconds
  }

  /// Makes a problem of one field or tensor.
  ///
  /// - Parameters:
  ///   - type: The kind of problem.
  ///   - pointer: Where the field or tensor sits in the request.
  ///   - rule: What is wrong there, or what should be, as a clause.
  ///   - extensions: Typed facts.
  public init(
    _ type: ProblemType, at pointer: JSONPointer, _ rule: String,
    extensions: [ProblemExtension] = []
  ) {
    let place = pointer.excerpt
    self.init(
      type, detail: "\(place.isEmpty ? "the request" : place): \(rule)",
      errors: [FieldFault(pointer: place, detail: rule)], extensions: extensions)
  }

  /// A field that is missing, unknown or has a wrong value.
  static func field(_ pointer: JSONPointer, _ rule: String) -> ServiceProblem {
    ServiceProblem(.valueOutOfRange, at: pointer, rule)
  }

  /// Where the first fault sits.
  public var pointer: String? { errors.first?.pointer }
}

/// A typed fact of a problem document beside the members of RFC 9457.
public enum ProblemExtension: Sendable, Equatable {
  /// The byte of the body at which reading failed.
  case offset(Int)
  /// The format whose rule is broken: `json`, `safetensors`, `base64`, `gzip` or `deflate`.
  case format(String)
  /// The limit that was exceeded, in bytes.
  case limitBytes(Int)
  /// What would have been accepted.
  case supported([String])
  /// The tensor that is wrong, as the contract names it.
  case tensor(String)
  /// The dimensions that were expected, null where any size will do.
  case expected([Int?])
  /// The dimensions that were found.
  case actual([Int])
  /// The element that is wrong, counted row-major in the item's tensor.
  case index(Int)
  /// The token budget that was asked for.
  case budgetRatio(Double)
  /// The smallest budget that the other ratios allow.
  case smallestRatio(Double)
  /// The largest budget that the other ratios allow.
  case largestRatio(Double)
  /// The state that forbids the request.
  case state(String)
  /// The scope that the credentials lack.
  case missingScope(String)
  /// By how much a trial is better than the default strategy, on average.
  case advantage(Double)
  /// The probability that it is.
  case probability(Double)
}
