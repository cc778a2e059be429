/// One pruning point: from `layer` on, `retainRatio` of the tokens that reached it remain.
public struct PruningStage: Sendable, Equatable {
  /// The first layer that sees the shortened sequence; 0 is the vision stage.
  public var layer: Int
  /// The share kept, in (0, 1]; nil in the last stage lets the token budget fix it.
  public var retainRatio: Double?

  /// Makes a stage.
  public init(layer: Int, retainRatio: Double? = nil) {
    self.layer = layer
    self.retainRatio = retainRatio
  }
}

/// What happens to the tokens that the vision stage prunes.
public enum Recycling: String, Sendable, CaseIterable {
  /// The pruned tokens of each recycling cell are merged into one recycled token.
  case grid
  /// They are dropped.
  case none
}

/// How many rows leave the vision stage.
public enum CountRule: String, Sendable, CaseIterable {
  /// As the published method counts: the number depends on which cells hold pruned tokens.
  case reference
  /// Exactly `N - round_half_even(N * (1 - r))`, known from the shape alone.
  case exact
}

/// Every setting that decides which tokens remain: what calibration tunes.
public struct PruningStrategy: Sendable, Equatable {
  /// Multiplier of the mean received attention above which a token is global; at least 0.
  public var globalThreshold: Double?
  /// Weight of the softmax of the patch entropy, of either sign.
  public var entropyWeight: Double
  /// What happens to pruned tokens in the vision stage.
  public var recycling: Recycling
  /// The side of a recycling cell in tokens, at least 1, may be fractional.
  public var recyclingCellSize: Double?
  /// The layers of the language model.
  public var layers: Int
  /// Ascending by layer; the first is layer 0.
  public var stages: [PruningStage]
  /// The mean share of tokens over all layers, in (0, 1].
  public var tokenBudget: Double?
  /// How many rows leave the vision stage.
  public var count: CountRule

  /// Makes a strategy; nothing is checked before ``resolved()``.
  ///
  /// - Parameters:
  ///   - globalThreshold: Needed only when importance comes from attention or query and key.
  ///   - entropyWeight: Any finite number.
  ///   - recycling: What happens to pruned tokens.
  ///   - recyclingCellSize: Needed only when tokens are recycled.
  ///   - layers: Defaults to the last stage's layer + 1.
  ///   - stages: Ascending by layer, the first at layer 0.
  ///   - tokenBudget: Fixes the last ratio when that is left out, else is checked.
  ///   - count: The counting rule.
  public init(
    globalThreshold: Double? = nil, entropyWeight: Double = 0, recycling: Recycling = .grid,
    recyclingCellSize: Double? = nil, layers: Int? = nil, stages: [PruningStage],
    tokenBudget: Double? = nil, count: CountRule = .reference
  ) {
    self.globalThreshold = globalThreshold
    self.entropyWeight = entropyWeight
    self.recycling = recycling
    self.recyclingCellSize = recyclingCellSize
    let last = stages.last?.layer ?? 0
    self.layers = layers ?? (last < Int.max ? last + 1 : last)
    self.stages = stages
    self.tokenBudget = tokenBudget
    self.count = count
  }
}
