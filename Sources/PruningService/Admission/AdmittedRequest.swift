import HTTPEngine

/// What admission found out about a request: travels with it until it is answered.
final class AdmittedRequest: BodyAccount {
  /// The route that answers.
  let route: ServiceRoute
  /// The value of `{name}` in the route's pattern.
  let name: String?
  /// What tells this request from all others.
  let identity: RequestIdentity
  /// What work in the pool needs; nil where the loop answers.
  let work: AdmittedWork?

  init(route: ServiceRoute, name: String?, identity: RequestIdentity, work: AdmittedWork?) {
    self.route = route
    self.name = name
    self.identity = identity
    self.work = work
  }

  /// What averages attention while it arrives.
  var condenser: (any BodyCondenser)? { work?.condensation }

  /// Notes how the body comes; false once its room has been given to others.
  func bodyHasArrived(_ count: Int) -> Bool { work?.claim.bodyHasArrived(count) ?? true }
}

/// The place, the bytes and the conditions of work in the pool.
struct AdmittedWork: Sendable {
  /// What to compute.
  let operation: OperationKind
  /// How the body is written.
  let bodyEncoding: MessageEncoding
  /// How the answer shall be written.
  let answerEncoding: MessageEncoding
  /// How the body's content coding is undone; nil without one.
  let inflation: BodyInflation?
  /// The content coding that the answer may have.
  let answerCodings: AnswerCodings
  /// The client's patience in milliseconds, if it named any.
  let deadlineMilliseconds: UInt64?
  /// The place in the queue and the bytes that are held.
  let claim: AdmissionClaim
  /// Whether the client may refer to memory that it shares with the service.
  let sharesMemory: Bool
  /// What averages attention while it arrives; nil where bodies are kept as they are.
  var condensation: BodyCondensation?
}
