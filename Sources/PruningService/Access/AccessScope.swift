/// What a client may do; no scope implies another.
package enum AccessScope: String, Sendable, Hashable, CaseIterable {
  /// Compute: prune, importance, plan.
  case prune
  /// Look: strategies, studies, settings, metrics, the contract.
  case read
  /// Calibrate: discrepancy, and every change of studies and strategies.
  case calibrate
  /// Change the running service.
  case admin
}
