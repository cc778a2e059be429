public import TokenPruning

/// What all strategies of a study have in common.
public struct StrategyShape: Sendable, Equatable {
  /// The layers of the language model.
  public let layers: Int
  /// The layers before which tokens are pruned, ascending, above 0; may be empty.
  public let stageLayers: [Int]
  /// The mean share of tokens over all layers.
  public let tokenBudget: Double
  /// What happens to the tokens that the vision stage prunes.
  public let recycling: Recycling
  /// The counting rule.
  public let count: CountRule

  /// Makes a shape; nothing is checked before ``StrategySpace`` is made.
  public init(
    layers: Int, stageLayers: [Int], tokenBudget: Double, recycling: Recycling = .grid,
    count: CountRule = .reference
  ) {
    self.layers = layers
    self.stageLayers = stageLayers
    self.tokenBudget = tokenBudget
    self.recycling = recycling
    self.count = count
  }

  /// More stages than this are a mistake.
  static let mostStageLayers = 16

  /// How many layers each stage rules, the vision stage first.
  var spans: [Int] {
    let starts = [0] + stageLayers
    return starts.indices.map { stage in
      (stage + 1 < starts.count ? starts[stage + 1] : layers) - starts[stage]
    }
  }

  func check() throws(CalibrationError) {
    guard layers >= 1, layers <= 100_000 else {
      throw .outOfRange(.layers, "must be 1 to 100000")
    }
    guard tokenBudget > 0, tokenBudget <= 1 else {
      throw .outOfRange(.tokenBudget, "must be above 0 and at most 1")
    }
    guard stageLayers.count <= Self.mostStageLayers else {
      throw .outOfRange(.stageLayers, "must not hold more than 16 layers")
    }
    for (index, layer) in stageLayers.enumerated() {
      guard layer > (index == 0 ? 0 : stageLayers[index - 1]), layer < layers else {
        var error = CalibrationError.outOfRange(
          .stageLayers, "must ascend, above 0 and below layers")
        error.index = index
        throw error
      }
    }
  }

  func strategy(
    ratios: [Double], threshold: Double?, cellSize: Double?, entropyWeight: Double?
  ) -> PruningStrategy {
    PruningStrategy(
      globalThreshold: threshold, entropyWeight: entropyWeight ?? 0, recycling: recycling,
      recyclingCellSize: recycling == .grid ? cellSize : nil, layers: layers,
      stages: zip([0] + stageLayers, ratios).map { PruningStage(layer: $0, retainRatio: $1) },
      tokenBudget: tokenBudget, count: count)
  }

  /// A strategy of this shape with all ratios filled in and the budget met.
  ///
  /// - Parameter strategy: May leave out the last ratio and the budget.
  /// - Returns: The same strategy, resolved.
  /// - Throws: ``CalibrationError/Code/valueOutOfRange`` for another shape,
  ///   ``CalibrationError/Code/invalidStrategy``.
  func resolved(_ strategy: PruningStrategy) throws(CalibrationError) -> PruningStrategy {
    guard strategy.layers == layers, strategy.stages.map(\.layer) == [0] + stageLayers,
      strategy.recycling == recycling, strategy.count == count
    else {
      throw .outOfRange(
        .strategy, "must have the study's layers, stage layers, recycling and count")
    }
    var strategy = strategy
    strategy.tokenBudget = strategy.tokenBudget ?? tokenBudget
    guard strategy.tokenBudget == tokenBudget else {
      throw .outOfRange(.strategy, "must have the study's token budget")
    }
    do { return try strategy.resolved() } catch { throw .strategy(error) }
  }
}
