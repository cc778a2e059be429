import HTTPEngine
import WorkerPool

/// What admission found out about a request: travels with it until it is answered.
final class AdmittedRequest: Sendable {
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
  /// The place in the queue.
  let slot: QueueSlot
  /// The share of the body bytes in flight.
  let bytes: ByteReservation
}
