public import TokenPruning

/// A strategy that has a name.
public struct NamedStrategy: Sendable {
  /// The name.
  public let name: String
  /// Whether the strategy can be neither replaced nor deleted.
  public let isReadOnly: Bool
  /// The strategy.
  public let strategy: PruningStrategy

  /// Makes a named strategy.
  public init(name: String, isReadOnly: Bool, strategy: PruningStrategy) {
    self.name = name
    self.isReadOnly = isReadOnly
    self.strategy = strategy
  }
}

/// Where requests find strategies by name.
public protocol StrategyResolver: Sendable {
  /// The strategy called `name`, or nil when there is none.
  func strategy(named name: String) -> NamedStrategy?
}

/// The strategies that come with the service.
public struct BuiltInStrategies: StrategyResolver {
  /// All of them, in the order in which they are listed.
  public let all: [NamedStrategy]

  /// Collects the published strategies.
  public init() {
    all = PruningStrategy.builtIn.map {
      NamedStrategy(name: $0.name, isReadOnly: true, strategy: $0.strategy)
    }
  }

  /// The built-in strategy called `name`.
  public func strategy(named name: String) -> NamedStrategy? { all.first { $0.name == name } }
}
