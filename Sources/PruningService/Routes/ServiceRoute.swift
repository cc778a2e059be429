import HTTPEngine

/// Every route of the service; the raw value is its pattern and its label in metrics and logs.
enum ServiceRoute: String, CaseIterable, Sendable {
  case index = "/"
  case live = "/livez"
  case ready = "/readyz"
  case health = "/healthz"
  case metrics = "/metrics"
  case info = "/info"
  case contract = "/openapi.yaml"
  case strategies = "/v1/strategies"
  case strategy = "/v1/strategies/{name}"
  case prune = "/v1/prune"
  case importance = "/v1/importance"
  case plan = "/v1/plan"
  case discrepancy = "/v1/discrepancy"

  /// The method beside OPTIONS (and HEAD, where it is GET).
  var method: Method { operation == nil ? .get : .post }

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
}

/// The operations that go through the worker pool.
enum OperationKind: Sendable {
  case prune
  case importance
  case plan
  case discrepancy
}
