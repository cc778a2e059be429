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
    }
  }

  /// The methods beside OPTIONS, and HEAD where there is GET.
  var methods: [Method] {
    switch self {
    case .logLevel: [.get, .put]
    case .sharedMemoryRegion: [.get, .put, .delete]
    default: operation == nil ? [.get] : [.post]
    }
  }

  /// What a client must be allowed to do; nil where everyone is answered.
  var scope: AccessScope? {
    switch self {
    case .live, .ready, .health: nil
    case .index, .metrics, .info, .contract, .strategies, .strategy: .read
    // Memory is registered in order to compute with it.
    case .prune, .importance, .plan, .sharedMemory, .sharedMemoryRegion: .prune
    case .discrepancy: .calibrate
    case .logLevel: .admin
    }
  }

  /// What the route computes in the worker pool; nil where the loop answers by itself.
  var operation: OperationKind? {
    switch self {
    case .prune: .prune
    case .importance: .importance
    case .plan: .plan
    case .discrepancy: .discrepancy
    default: nil
    }
  }

  /// The route of a pattern.
  init?(pattern: String) {
    guard let route = Self.allCases.first(where: { $0.pattern == pattern }) else { return nil }
    self = route
  }
}

/// The operations that go through the worker pool.
enum OperationKind: Sendable, CaseIterable {
  case prune
  case importance
  case plan
  case discrepancy
}
