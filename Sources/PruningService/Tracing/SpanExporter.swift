import Locking
import Telemetry
import WorkerPool

/// Brings spans to a collector on a thread of its own; what it cannot take it drops and counts.
final class SpanExporter: Sendable {
  /// What the exporter is told at its start.
  struct Settings: Sendable {
    /// Where spans go.
    var collector: CollectorAddress
    /// Requests that wait to be told; more are dropped.
    var capacity = 4096
    /// Requests in one document.
    var batch = 512
    /// How long the first span of a batch waits for others.
    var lingerMilliseconds: Int32 = 200
    /// How long one document may take.
    var timeout = Duration.seconds(3)
  }

  private struct State {
    var waiting: [RequestSpan] = []
    var isScheduled = false
    var isStopping = false
    var isFailing = false
  }

  private let settings: Settings
  private let log: ServiceLog
  private let state = Locked(State())
  private let wakeUp = WakeUp()
  // One worker and one place: there is a single job, which works until nothing waits.
  private let pool: WorkerPool
  private let exported: Counter
  private let dropped: [SpanLoss: Counter]

  init(
    _ settings: Settings, log: ServiceLog, registry: MetricsRegistry
  ) throws(WorkerPoolError) {
    self.settings = settings
    self.log = log
    pool = try WorkerPool(workers: 1, queueCapacity: 2, name: "spans")
    exported = registry.counter(
      "vflowopt_trace_requests_exported_total", help: "Requests whose spans a collector has taken.")
    let losses = registry.counters(
      "vflowopt_trace_requests_dropped_total", help: "Requests whose spans were lost, by reason.",
      labels: [Label("reason", SpanLoss.allCases.map(\.rawValue))])
    dropped = Dictionary(
      uniqueKeysWithValues: SpanLoss.allCases.map { ($0, losses[$0.rawValue]) })
  }

  /// Takes a span, or drops it; never waits.
  func record(_ span: RequestSpan) {
    enum Step { case schedule, wait, drop }
    let step = state.withLock { state -> Step in
      guard state.waiting.count < settings.capacity, !state.isStopping else { return .drop }
      state.waiting.append(span)
      guard !state.isScheduled else { return .wait }
      state.isScheduled = true
      return .schedule
    }
    switch step {
    case .schedule: schedule()
    case .wait: break
    case .drop: lose(1, .queueFull)
    }
  }

  /// Sends what waits and takes nothing more.
  ///
  /// - Parameter deadline: When to stop waiting for the collector; spans that are left are lost.
  func stop(until deadline: Deadline) {
    state.withLock { $0.isStopping = true }
    wakeUp.fire()
    // Not stop(), which joins the thread: a name that is being looked up knows no time limit.
    _ = pool.drain(until: deadline)
  }

  private func schedule() {
    // Two places are enough for one job, unless the exporter is at its end.
    guard let slot = pool.reserve() else { return }
    pool.submit(Job { [self] _ in sendAll() }, using: slot)
  }

  private func sendAll() {
    wakeUp.sleep(milliseconds: settings.lingerMilliseconds)
    while let batch = takeBatch() { send(batch) }
  }

  /// The oldest spans; nil ends the job.
  private func takeBatch() -> [RequestSpan]? {
    state.withLock { state in
      guard !state.waiting.isEmpty else {
        state.isScheduled = false
        return nil
      }
      let batch = Array(state.waiting.prefix(settings.batch))
      state.waiting.removeFirst(batch.count)
      return batch
    }
  }

  private func send(_ batch: [RequestSpan]) {
    let (isStopping, wasFailing) = state.withLock { ($0.isStopping, $0.isFailing) }
    // One attempt is enough at the end: nobody shall wait for a collector that is not there.
    guard !(isStopping && wasFailing) else { return lose(batch.count, .unreachable) }
    let outcome = CollectorConnection.post(
      TraceDocument(batch).encoded, to: settings.collector, until: .after(settings.timeout))
    let loss = SpanLoss(outcome)
    if let loss { lose(batch.count, loss) } else { exported.increment(by: UInt64(batch.count)) }
    state.withLock { $0.isFailing = loss != nil }
    if (loss != nil) != wasFailing { log.exportChanged(loss) }
  }

  private func lose(_ count: Int, _ reason: SpanLoss) {
    dropped[reason]?.increment(by: UInt64(count))
  }
}

/// Why spans were lost: a metric's label.
enum SpanLoss: String, CaseIterable, Sendable {
  /// More spans than the collector takes in time.
  case queueFull = "queue_full"
  /// The collector did not answer in time.
  case unreachable
  /// The collector answered with something else than success.
  case refused

  /// What an outcome loses; nil if nothing.
  init?(_ outcome: CollectorConnection.Outcome) {
    switch outcome {
    case .answered(200..<300): return nil
    case .answered: self = .refused
    case .unreachable: self = .unreachable
    }
  }
}

extension ServiceLog {
  /// The collector has begun to lose spans, or takes them again.
  fileprivate func exportChanged(_ loss: SpanLoss?) {
    guard let loss else { return write(.notice, "spans are exported again", []) }
    write(.warning, "spans cannot be exported", [("error.type", .string(loss.rawValue))])
  }
}
