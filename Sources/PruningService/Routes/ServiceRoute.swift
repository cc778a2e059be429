import HTTPEngine

/// Every route of the service.
enum ServiceRoute: Int, CaseIterable, Sendable {
  case index
  case live
  case ready
  case health
  case metrics
  case info
  case contract
  case strategies
  case strategy
  case prune
  case importance
  case plan
  case discrepancy
  case sharedMemory
  case sharedMemoryRegion
  case logLevel
  case strategyPromotion
  case strategyRollback
  case studies
  case study
  case studyCompletion
  case studyExport
  case studyPublication
  case baseline
  case ask
  case trialsImport
  case trials
  case trial
  case tell
  case report
  case abandon
  case best
  case history
  case importances
  case pareto

  /// The paths that the route answers; also its label in metrics and logs.
  var pattern: String {
    switch self {
    case .index: "/"
    case .live: "/livez"
    case .ready: "/readyz"
    case .health: "/healthz"
    case .metrics: "/metrics"
    case .info: "/info"
    case .contract: "/openapi.yaml"
    case .strategies: "/v1/strategies"
    case .strategy: "/v1/strategies/{name}"
    case .prune: "/v1/prune"
    case .importance: "/v1/importance"
    case .plan: "/v1/plan"
    case .discrepancy: "/v1/discrepancy"
    case .sharedMemory: "/v1/shared-memory"
    case .sharedMemoryRegion: "/v1/shared-memory/{name}"
    case .logLevel: "/v1/admin/log-level"
    case .strategyPromotion: "/v1/strategies/{name}:promote"
    case .strategyRollback: "/v1/strategies/{name}:rollback"
    case .studies: "/v1/studies"
    case .study: "/v1/studies/{study}"
    case .studyCompletion: "/v1/studies/{study}:complete"
    case .studyExport: "/v1/studies/{study}:export"
    case .studyPublication: "/v1/studies/{study}:publish"
    case .baseline: "/v1/studies/{study}/baseline"
    case .ask: "/v1/studies/{study}/trials:ask"
    case .trialsImport: "/v1/studies/{study}/trials:import"
    case .trials: "/v1/studies/{study}/trials"
    case .trial: "/v1/studies/{study}/trials/{trial}"
    case .tell: "/v1/studies/{study}/trials/{trial}:tell"
    case .report: "/v1/studies/{study}/trials/{trial}:report"
    case .abandon: "/v1/studies/{study}/trials/{trial}:abandon"
    case .best: "/v1/studies/{study}/best"
    case .history: "/v1/studies/{study}/history"
    case .importances: "/v1/studies/{study}/importances"
    case .pareto: "/v1/studies/{study}/pareto"
    }
  }

  /// The methods beside OPTIONS, and HEAD where there is GET.
  var methods: [Method] {
    switch self {
    case .logLevel: [.get, .put]
    case .sharedMemoryRegion: [.get, .put, .delete]
    case .strategy: [.get, .put, .delete]
    case .studies: [.get, .post]
    case .study: [.get, .delete]
    case .baseline: [.put]
    case .prune, .importance, .plan, .discrepancy, .strategyPromotion, .strategyRollback,
      .studyCompletion, .studyPublication, .ask, .trialsImport, .tell, .report, .abandon:
      [.post]
    case .index, .live, .ready, .health, .metrics, .info, .contract, .strategies, .studyExport,
      .trials, .trial, .best, .history, .importances, .pareto, .sharedMemory:
      [.get]
    }
  }

  /// What a client must be allowed to do; nil where everyone is answered.
  ///
  /// A method that the route does not have is judged like one that it might have.
  func scope(of method: Method) -> AccessScope? {
    switch self {
    case .live, .ready, .health: nil
    case .index, .metrics, .info, .contract: .read
    // Memory is registered in order to compute with it.
    case .prune, .importance, .plan, .sharedMemory, .sharedMemoryRegion: .prune
    case .discrepancy: .calibrate
    case .logLevel: .admin
    default: method.isSafe ? .read : .calibrate
    }
  }

  /// Whether the loop knows the answer from the head alone.
  func isPage(for method: Method) -> Bool {
    switch self {
    case .index, .live, .ready, .health, .metrics, .info, .contract: true
    case .strategy: method.isSafe
    default: false
    }
  }

  /// The route of a pattern.
  init?(pattern: String) {
    guard let route = Self.allCases.first(where: { $0.pattern == pattern }) else { return nil }
    self = route
  }
}

extension Method {
  /// Whether a request with this method changes nothing (RFC 9110 §9.2.1).
  fileprivate var isSafe: Bool { self == .get || self == .head || self == .options }
}

extension Router<ServiceRoute> {
  /// All routes. A pattern that the router refuses is a mistake in this program; a test matches
  /// every route.
  static func service() -> Router<ServiceRoute> {
    var router = Router<ServiceRoute>()
    for route in ServiceRoute.allCases {
      do throws(RoutingError) {
        let pattern = try RoutePattern(parsing: route.pattern)
        for method in route.methods { try router.add(method, pattern, route) }
      } catch { preconditionFailure("the table of routes contradicts itself: \(error)") }
    }
    return router
  }
}
