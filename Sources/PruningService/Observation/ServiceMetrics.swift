import HTTPEngine
import Telemetry

/// The service's own numbers; recording takes no lock and makes no text.
final class ServiceMetrics: Sendable {
  /// Where all numbers are collected.
  let registry: MetricsRegistry
  private let requests: [Counter]
  private let durations: [Histogram]
  private let phases: Phases
  private let inFlight: Gauge
  private let rejections: [Counter]
  private let tokens: Tokens
  private let cancelled: Counter
  private let deadlinesPassed: Counter
  private let problems: [ProblemType: Counter]

  init(registry: MetricsRegistry = MetricsRegistry()) {
    self.registry = registry
    let routes = ServiceRoute.allCases.map(\.pattern) + [Exchange.noRoute]
    let families = registry.counters(
      "vflowopt_requests_total", help: "Answers by route and status class.",
      labels: [Label("route", routes), Label("status_class", Self.statusClasses)])
    let seconds = registry.histograms(
      "vflowopt_request_duration_seconds", help: "From the complete head to the answer.",
      bounds: Histogram.requestSeconds, labels: [Label("route", routes)])
    requests = routes.flatMap { route in Self.statusClasses.map { families[route, $0] } }
    durations = routes.map { seconds[$0] }
    phases = Phases(registry)
    tokens = Tokens(registry)
    inFlight = registry.gauge(
      "vflowopt_requests_in_flight", help: "Requests in the worker pool, waiting or running.")
    let refused = registry.counters(
      "vflowopt_queue_rejected_total", help: "Requests that admission refused, by reason.",
      labels: [Label("reason", RejectionReason.allCases.map(\.label))])
    rejections = RejectionReason.allCases.map { refused[$0.label] }
    cancelled = registry.counter(
      "vflowopt_requests_cancelled_total", help: "Requests dropped because the client was gone.")
    deadlinesPassed = registry.counter(
      "vflowopt_deadline_exceeded_total", help: "Requests whose deadline passed.")
    let kinds = registry.counters(
      "vflowopt_problems_total", help: "Problem documents by type, as in the documentation.",
      labels: [Label("type", ProblemType.allCases.map(\.slug))])
    problems = Dictionary(uniqueKeysWithValues: ProblemType.allCases.map { ($0, kinds[$0.slug]) })
  }

  /// Counts an answer that is about to leave.
  func answered(_ exchange: Exchange, status: Status, nanoseconds: UInt64) {
    let route = exchange.route?.rawValue ?? ServiceRoute.allCases.count
    let statusClass = min(max(Int(status.rawValue) / 100, 1), Self.statusClasses.count) - 1
    requests[route * Self.statusClasses.count + statusClass].increment()
    durations[route].observe(nanoseconds: nanoseconds)
    if let timing = exchange.timing { phases.observe(timing) }
  }

  /// Counts a request that goes to the pool.
  func workStarted() { inFlight.add(1) }

  /// Counts a request that the pool is done with.
  func workEnded() { inFlight.add(-1) }

  /// Counts a request that admission refused.
  func rejected(_ reason: RejectionReason) { rejections[reason.rawValue].increment() }

  /// Counts a request whose client went away.
  func wasCancelled() { cancelled.increment() }

  /// Counts a request whose deadline passed.
  func deadlinePassed() { deadlinesPassed.increment() }

  /// Counts a problem document.
  func failed(_ type: ProblemType) { problems[type]?.increment() }

  /// Counts pruned tokens.
  func pruned(_ tally: TokenTally) { tokens.add(tally) }

  private static let statusClasses = ["1xx", "2xx", "3xx", "4xx", "5xx"]
}

/// The four phases of an operation.
private struct Phases: Sendable {
  let queue: Histogram
  let decode: Histogram
  let kernel: Histogram
  let encode: Histogram

  init(_ registry: MetricsRegistry) {
    func histogram(_ phase: String, _ help: String) -> Histogram {
      registry.histogram(
        "vflowopt_\(phase)_duration_seconds", help: help,
        bounds: Histogram.exponentialBounds(from: 0.000_01, factor: 4, count: 11))
    }
    queue = histogram("queue", "From the complete request to a free worker.")
    decode = histogram("decode", "Reading request bodies.")
    kernel = histogram("kernel", "Computing.")
    encode = histogram("encode", "Writing answers.")
  }

  func observe(_ timing: PhaseTiming) {
    queue.observe(nanoseconds: timing.queueNanoseconds)
    decode.observe(nanoseconds: timing.decodeNanoseconds)
    kernel.observe(nanoseconds: timing.kernelNanoseconds)
    encode.observe(nanoseconds: timing.encodeNanoseconds)
  }
}

/// What happened to visual tokens.
private struct Tokens: Sendable {
  let input: Counter
  let kept: Counter
  let recycled: Counter
  let ratio: Histogram

  init(_ registry: MetricsRegistry) {
    input = registry.counter(
      "vflowopt_tokens_in_total", help: "Visual tokens that came in to be pruned.")
    kept = registry.counter(
      "vflowopt_tokens_kept_total", help: "Rows that went out, recycled tokens included.")
    recycled = registry.counter(
      "vflowopt_tokens_recycled_total", help: "Rows that went out as recycled tokens.")
    ratio = registry.histogram(
      "vflowopt_keep_ratio", help: "Rows that went out per token that came in, by request.",
      bounds: [0.02, 0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.4, 0.5, 0.75, 1])
  }

  func add(_ tally: TokenTally) {
    input.increment(by: UInt64(tally.input))
    kept.increment(by: UInt64(tally.kept))
    recycled.increment(by: UInt64(tally.recycled))
    if tally.input > 0 { ratio.observe(Double(tally.kept) / Double(tally.input)) }
  }
}
