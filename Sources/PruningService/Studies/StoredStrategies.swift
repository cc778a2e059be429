import Calibration

/// The strategies that requests find by name: built-in ones first, then those of the store.
///
/// Both are in memory, so a prune request never waits for the store.
struct StoredStrategies: StrategyResolver {
  /// The strategies that come with the service.
  let builtIn: BuiltInStrategies
  /// Knows the others.
  let calibrator: Calibrator

  func strategy(named name: String) -> NamedStrategy? {
    if let known = builtIn.strategy(named: name) { return known }
    return calibrator.strategy(named: name).map {
      NamedStrategy(
        name: $0.id.description, isReadOnly: $0.isReadOnly, strategy: $0.strategy)
    }
  }
}
