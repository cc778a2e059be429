import HTTPEngine
import Synchronization
import WorkerPool

/// Decides from a request head alone, on the loop, whether the service takes the request.
final class AdmissionControl: Sendable {
  private let configuration: ServiceConfiguration
  private let pool: WorkerPool
  private let pools: WorkPools
  private let metrics: ServiceMetrics
  private let isDrainingFlag = Atomic(false)
  private let isClosedFlag = Atomic(false)
  /// What all admitted requests to prune hold.
  let ledger: AdmissionLedger
  /// What those to calibrate hold: neither kind takes places from the other.
  let calibrationLedger: AdmissionLedger
  private let bound: QueueBound
  private let clock: @Sendable () -> UInt64

  init(
    configuration: ServiceConfiguration, pools: WorkPools, metrics: ServiceMetrics,
    clock: @escaping @Sendable () -> UInt64 = { MonotonicInstant.now }
  ) {
    self.configuration = configuration
    self.pools = pools
    pool = pools.pruning
    self.metrics = metrics
    self.clock = clock
    ledger = AdmissionLedger(limits: AdmissionLimits(configuration))
    calibrationLedger = AdmissionLedger(limits: .ofCalibration(configuration))
    bound = QueueBound(configuration)
  }

  /// Whether the service wants no more clients.
  var isDraining: Bool { isDrainingFlag.load(ordering: .relaxed) }

  /// Tells that no new clients are wanted; those that are connected are still served.
  func beginDrain() { isDrainingFlag.store(true, ordering: .relaxed) }

  /// Refuses all further work.
  func close() {
    beginDrain()
    isClosedFlag.store(true, ordering: .relaxed)
  }

  /// Takes a place and bytes for work on an operation, or says why not.
  ///
  /// - Parameters:
  ///   - operation: What the route computes.
  ///   - head: The request head.
  ///   - client: Who sent it.
  /// - Returns: The conditions of the work, and how many body bytes it may have.
  /// - Throws: The problem to answer with; no body byte has been read then.
  func admit(
    _ operation: OperationKind, _ head: borrowing RequestHead, from client: ClientIdentity
  ) throws(ServiceProblem) -> (work: AdmittedWork, maximumBodyBytes: Int) {
    let readsBody = operation.readsBody(of: head)
    let negotiation = try Negotiation(
      head.fields, readsBody: readsBody, choosesAnswer: !operation.answersTable)
    let deadline = try Self.deadlineMilliseconds(head.fields["x-deadline-ms"])
    let limit = readsBody ? try bodyLimit(negotiation.body, head) : Self.ignoredBodyBytes
    guard !isClosedFlag.load(ordering: .relaxed) else { throw draining }
    let bytes = head.hasBody ? head.contentLength ?? limit : 0
    let claim = try claim(min(bytes, limit), for: ClientKey(client), in: pools[operation])
    let work = AdmittedWork(
      operation: operation, bodyEncoding: negotiation.body, answerEncoding: negotiation.answer,
      inflation: inflation(negotiation, claim, pools[operation]),
      answerCodings: negotiation.answerCodings,
      deadlineMilliseconds: deadline ?? defaultDeadline, claim: claim,
      sharesMemory: head.connection.sharesMemory(as: client))
    return (work, limit)
  }

  /// How many requests may wait or run as things are.
  var places: QueueBound.Places {
    let status = pool.status
    return bound.places(service: status.expectedServiceSeconds, stall: status.stalledSeconds)
  }

  /// What to tell a client whose request the engine could not take for want of room.
  var retryAfterSeconds: Int { pool.status.retryAfterSeconds }

  /// The claim on a place and bytes; bodies that have fallen behind give way for it.
  private func claim(
    _ bytes: Int, for client: ClientKey, in pool: WorkerPool
  ) throws(ServiceProblem) -> AdmissionClaim {
    let now = clock()
    do throws(AdmissionLedger.Shortage) {
      return try open(client, bytes, now, pool)
    } catch {
      guard ledger(of: pool).makeRoom(for: error, of: client, at: now) else {
        throw refusal(error, client, pool)
      }
    }
    do throws(AdmissionLedger.Shortage) {
      return try open(client, bytes, now, pool)
    } catch { throw refusal(error, client, pool) }
  }

  private func ledger(of pool: WorkerPool) -> AdmissionLedger {
    pool === self.pool ? ledger : calibrationLedger
  }

  private func open(
    _ client: ClientKey, _ bytes: Int, _ now: UInt64, _ pool: WorkerPool
  ) throws(AdmissionLedger.Shortage) -> AdmissionClaim {
    let places = pool === self.pool ? places : .all
    let claim = try ledger(of: pool).open(client, bytes: bytes, at: now, places: places)
    guard claim.takePlace(in: pool) else {
      throw AdmissionLedger.Shortage(supply: .places, isOfShare: false, missing: 1)
    }
    return claim
  }

  /// The limit for this body; a body without an announced length has a limit of its own, because
  /// that is what it reserves.
  private func bodyLimit(
    _ encoding: MessageEncoding, _ head: borrowing RequestHead
  ) throws(ServiceProblem) -> Int {
    let limit = largestBody(encoding)
    guard let length = head.contentLength else {
      guard head.hasBody else { throw .lengthMissing }
      return min(limit, configuration.maximumChunkedBodyBytes)
    }
    guard length <= limit else {
      throw ServiceProblem(
        .contentTooLarge, detail: "the body has \(length) bytes, at most \(limit) are accepted",
        extensions: [.limitBytes(limit)])
    }
    return limit
  }

  private func largestBody(_ encoding: MessageEncoding) -> Int {
    switch encoding {
    case .json: configuration.maximumJSONBodyBytes
    case .safetensors: configuration.maximumBodyBytes
    }
  }

  /// What comes out of a coded body may be as large as a body that is not coded.
  private func inflation(
    _ negotiation: Negotiation, _ claim: AdmissionClaim, _ pool: WorkerPool
  ) -> BodyInflation? {
    guard negotiation.coding != .identity else { return nil }
    let limits = InflationLimits(
      maximumBytes: largestBody(negotiation.body),
      maximumRatio: configuration.maximumInflationRatio)
    return BodyInflation(coding: negotiation.coding, limits: limits, claim: claim) {
      [self] missing in overloaded(missing, claim.client, pool)
    }
  }

  /// What to answer where so many bytes are missing after admission.
  func overloaded(
    _ missing: Int, _ client: ClientKey, _ pool: WorkerPool? = nil
  ) -> ServiceProblem {
    refusal(
      AdmissionLedger.Shortage(supply: .bytes, isOfShare: false, missing: missing), client,
      pool ?? self.pool)
  }

  private var defaultDeadline: UInt64? {
    let (seconds, attoseconds) = configuration.defaultDeadline.components
    let milliseconds = UInt64(seconds) * 1000 + UInt64(attoseconds / 1_000_000_000_000_000)
    return milliseconds == 0 ? nil : milliseconds
  }

  /// 1 to 10 digits: a sign, a fraction or a longer number is a mistake worth telling.
  static func deadlineMilliseconds(_ text: String?) throws(ServiceProblem) -> UInt64? {
    guard let text else { return nil }
    let digits = text.utf8
    guard (1...10).contains(digits.count), digits.allSatisfy({ (0x30...0x39).contains($0) }) else {
      throw ServiceProblem(
        .malformedMessage, detail: "X-Deadline-Ms must be a whole number of milliseconds")
    }
    return UInt64(text)
  }

  /// A client that is over its share while nobody else is here has filled the house.
  private func refusal(
    _ shortage: AdmissionLedger.Shortage, _ client: ClientKey, _ pool: WorkerPool
  ) -> ServiceProblem {
    let ledger = ledger(of: pool)
    let wait = AdmissionWait(
      pool: pool.status, total: ledger.total, own: ledger.holding(of: client))
    let reason = RejectionReason(shortage, isAlone: wait.isAlone)
    metrics.rejected(reason)
    return ServiceProblem(
      reason.isOfClient ? .rateLimited : .overloaded, detail: reason.detail,
      retryAfterSeconds: wait.seconds(until: shortage))
  }

  /// A body where none is expected is read and ignored up to this size (RFC 9110 §9.3.1).
  static let ignoredBodyBytes = 16 << 10

  private var draining: ServiceProblem {
    metrics.rejected(.draining)
    return .draining
  }
}
