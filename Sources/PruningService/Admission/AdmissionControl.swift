import HTTPEngine
import Synchronization
import WorkerPool

/// Decides from a request head alone, on the loop, whether the service takes the request.
final class AdmissionControl: Sendable {
  private let configuration: ServiceConfiguration
  private let pool: WorkerPool
  private let metrics: ServiceMetrics
  private let isDrainingFlag = Atomic(false)
  private let isClosedFlag = Atomic(false)
  /// The body bytes of all admitted requests.
  let inFlight: InFlightBytes

  init(configuration: ServiceConfiguration, pool: WorkerPool, metrics: ServiceMetrics) {
    self.configuration = configuration
    self.pool = pool
    self.metrics = metrics
    inFlight = InFlightBytes(limit: configuration.inFlightBytes)
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
  /// - Returns: The conditions of the work, and how many body bytes it may have.
  /// - Throws: The problem to answer with; no body byte has been read then.
  func admit(
    _ operation: OperationKind, _ head: borrowing RequestHead
  ) throws(ServiceProblem) -> (work: AdmittedWork, maximumBodyBytes: Int) {
    let negotiation = try Negotiation(head.fields)
    let deadline = try Self.deadlineMilliseconds(head.fields["x-deadline-ms"])
    let limit = try bodyLimit(negotiation.body, head)
    guard !isClosedFlag.load(ordering: .relaxed) else { throw draining }
    guard let bytes = inFlight.reserve(head.contentLength ?? limit) else {
      throw overloaded("too many body bytes are in flight", reason: .bytes)
    }
    guard let slot = pool.reserve() else {
      throw overloaded("the queue is full", reason: .queue)
    }
    let work = AdmittedWork(
      operation: operation, bodyEncoding: negotiation.body, answerEncoding: negotiation.answer,
      inflation: inflation(negotiation, bytes), answerCodings: negotiation.answerCodings,
      deadlineMilliseconds: deadline ?? defaultDeadline, slot: slot, bytes: bytes)
    return (work, limit)
  }

  /// The limit for this body; a body without an announced length has a limit of its own, because
  /// that is what it reserves.
  private func bodyLimit(
    _ encoding: MessageEncoding, _ head: borrowing RequestHead
  ) throws(ServiceProblem) -> Int {
    let limit = largestBody(encoding)
    guard let length = head.contentLength else {
      return head.hasBody ? min(limit, configuration.maximumChunkedBodyBytes) : 0
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
  private func inflation(_ negotiation: Negotiation, _ bytes: ByteReservation) -> BodyInflation? {
    guard negotiation.coding != .identity else { return nil }
    let limits = InflationLimits(
      maximumBytes: largestBody(negotiation.body),
      maximumRatio: configuration.maximumInflationRatio)
    return BodyInflation(coding: negotiation.coding, limits: limits, bytes: bytes) { [self] in
      overloaded("too many body bytes are in flight", reason: .bytes)
    }
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

  private func overloaded(_ detail: String, reason: RejectionReason) -> ServiceProblem {
    metrics.rejected(reason)
    return ServiceProblem(
      .overloaded, detail: detail, retryAfterSeconds: pool.status.retryAfterSeconds)
  }

  private var draining: ServiceProblem {
    metrics.rejected(.draining)
    return .draining
  }
}

/// Why admission refused work: a metric's label.
enum RejectionReason: Int, CaseIterable, Sendable {
  case queue
  case bytes
  case draining

  /// The label's value.
  var label: String {
    switch self {
    case .queue: "queue"
    case .bytes: "bytes"
    case .draining: "draining"
    }
  }
}
