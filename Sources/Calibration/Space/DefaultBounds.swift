internal import TokenPruning

/// The bounds that VFlowOpt searches, scaled to the budget, and the strategy that stands for "not
/// calibrated".
enum DefaultBounds {
  /// VFlowOpt's search box for 28 layers at a budget of 0.25 (`docs/calibration.md`).
  ///
  /// The first ratio lies in `[B, 1.5 B]`, later ones are at least `0.8 B / 1.5 B`; that lower
  /// bound rises by itself where the budget would otherwise need a last ratio above 1.
  static func bounds(of shape: StrategyShape) -> [ParameterName: ParameterBounds] {
    var bounds: [ParameterName: ParameterBounds] = [
      .globalThreshold: ParameterBounds(0, 50), .entropyWeight: ParameterBounds(-1, 1),
    ]
    if shape.recycling == .grid { bounds[.recyclingCellSize] = ParameterBounds(3, 24) }
    let last = shape.stageLayers.count
    for stage in 0...last { bounds[.retainRatio(stage)] = ParameterBounds(0.8 / 1.5, 1) }
    let budget = shape.tokenBudget
    bounds[.retainRatio(0)] = ParameterBounds(budget, min(1, 1.5 * budget))
    // Tied, so it is free to be small; below this a stage keeps next to nothing.
    if last > 0 { bounds[.retainRatio(last)] = ParameterBounds(smallestLastRatio, 1) }
    return bounds
  }

  static let smallestLastRatio = 0.01

  /// The published strategy of the nearest budget, moved into a space.
  static func strategy(in space: StrategySpace) -> PruningStrategy {
    let budget = space.shape.tokenBudget
    let published = PruningStrategy.builtIn.map(\.strategy).min {
      distance($0, budget) < distance($1, budget)
    }
    let stages = space.shape.stageLayers.count + 1
    let share = published.map(\.meanTokenRatio) ?? budget
    let ratios = published?.stages.map { $0.retainRatio ?? 1 } ?? []
    let wishes = (0..<stages).map { stage in
      let ratio = stage < ratios.count ? ratios[stage] : 1
      return PruningStage(layer: stage, retainRatio: stage == 0 ? ratio * budget / share : ratio)
    }
    return space.nearest(
      to: PruningStrategy(
        globalThreshold: published?.globalThreshold, entropyWeight: 0,
        recyclingCellSize: published?.recyclingCellSize, stages: wishes))
  }

  /// How far two budgets are apart, as a ratio.
  private static func distance(_ strategy: PruningStrategy, _ budget: Double) -> Double {
    let ratio = strategy.meanTokenRatio / budget
    return max(ratio, 1 / ratio)
  }
}

extension ParameterBounds {
  func check(_ name: ParameterName) throws(CalibrationError) {
    guard lower.isFinite, upper.isFinite, lower <= upper else {
      throw .outOfRange(
        .parameters, "must have finite bounds, the lower not above the upper", parameter: name)
    }
    if scale == .logarithmic, lower <= 0 {
      throw .outOfRange(.parameters, "needs a lower bound above 0 on a log scale", parameter: name)
    }
    if isInteger {
      guard lower.rounded() == lower, upper.rounded() == upper, lower.magnitude <= 0x1p53,
        upper.magnitude <= 0x1p53, scale == .linear
      else {
        throw .outOfRange(
          .parameters, "needs whole bounds within 2^53 on a linear scale to be an integer",
          parameter: name)
      }
    }
    try checkRange(name)
  }

  private func checkRange(_ name: ParameterName) throws(CalibrationError) {
    switch name {
    case .globalThreshold:
      guard lower >= 0 else {
        throw .outOfRange(.parameters, "must be at least 0", parameter: name)
      }
    case .recyclingCellSize:
      guard lower >= 1 else {
        throw .outOfRange(.parameters, "must be at least 1", parameter: name)
      }
    case .entropyWeight: break
    default:
      guard lower > 0, upper <= 1 else {
        throw .outOfRange(.parameters, "must be above 0 and at most 1", parameter: name)
      }
      guard scale == .linear, !isInteger else {
        throw .outOfRange(.parameters, "must be linear and not an integer", parameter: name)
      }
    }
  }
}
