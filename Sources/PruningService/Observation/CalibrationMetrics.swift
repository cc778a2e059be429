import Calibration
import Telemetry

/// The numbers of calibration; every label has a few fixed values.
struct CalibrationMetrics: Sendable {
  private let created: Counter
  private let deleted: Counter
  private let handedOut: Counter
  private let givenBack: Counter
  private let outcomes: [Trial.State: Counter]
  private let askSeconds: Histogram
  private let activeStudies: Gauge
  private let completedStudies: Gauge
  private let openTrials: Gauge
  private let storeErrors: [CalibrationError.Code: Counter]

  private static let storeFaults: [CalibrationError.Code: String] = [
    .storeUnavailable: "unavailable", .storeUncertain: "uncertain", .storeBusy: "busy",
    .storeUnreadable: "unreadable",
  ]

  init(_ registry: MetricsRegistry) {
    let changes = registry.counters(
      "vflowopt_studies_total", help: "Changes of studies, by kind.",
      labels: [Label("change", ["created", "deleted"])])
    created = changes["created"]
    deleted = changes["deleted"]
    let states = Trial.State.allCases.filter(\.isComplete)
    let events = ["handed_out", "given_back"] + states.map(\.rawValue)
    let trials = registry.counters(
      "vflowopt_trials_total", help: "What happened to trials: handed out, given back, completed.",
      labels: [Label("event", events)])
    handedOut = trials["handed_out"]
    givenBack = trials["given_back"]
    outcomes = Dictionary(uniqueKeysWithValues: states.map { ($0, trials[$0.rawValue]) })
    askSeconds = registry.histogram(
      "vflowopt_ask_duration_seconds", help: "Suggesting trials, the fit of the model included.",
      bounds: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10])
    let studies = registry.gauges(
      "vflowopt_studies", help: "Studies in the store, by state, as of the last ten seconds.",
      labels: [Label("state", Study.State.allCases.map(\.rawValue))])
    activeStudies = studies[Study.State.active.rawValue]
    completedStudies = studies[Study.State.completed.rawValue]
    openTrials = registry.gauge(
      "vflowopt_open_trials", help: "Trials that clients hold, as of the last ten seconds.")
    let errors = registry.counters(
      "vflowopt_store_errors_total", help: "Requests that failed because of the store, by reason.",
      labels: [Label("reason", Self.storeFaults.values.sorted())])
    storeErrors = Self.storeFaults.mapValues { errors[$0] }
  }

  /// Counts a study that was created.
  func studyCreated() { created.increment() }

  /// Counts a study that was deleted.
  func studyDeleted() { deleted.increment() }

  /// Counts trials that a client holds now.
  func asked(_ count: Int, nanoseconds: UInt64) {
    handedOut.increment(by: UInt64(count))
    askSeconds.observe(nanoseconds: nanoseconds)
  }

  /// Counts a trial that was given back.
  func abandoned() { givenBack.increment() }

  /// Counts trials whose outcome came in, repeated ones too.
  func told(_ trials: [Trial]) {
    for trial in trials { outcomes[trial.state]?.increment() }
  }

  /// Takes up how much the store holds.
  func counted(_ census: StoreCensus) {
    activeStudies.set(Double(census.activeStudies))
    completedStudies.set(Double(census.completedStudies))
    openTrials.set(Double(census.openTrials))
  }

  /// Counts a request that failed, if it was for the store.
  func failed(_ code: CalibrationError.Code) { storeErrors[code]?.increment() }
}
