/// What a client may do; no scope implies another.
package enum AccessScope: String, Sendable, Hashable, CaseIterable {
  /// Compute: prune, importance, plan.
  case prune
  /// Look: strategies, settings, metrics, the contract.
  case read
  /// Calibrate: discrepancy.
  case calibrate
  /// Change the running service.
  case admin
}
