internal import BayesianOptimization
public import TokenPruning

/// The strategies that a study may suggest, as points of a search space.
///
/// Retain ratios are searched in coordinates of their feasible intervals (``RatioIntervals``), so
/// every point is a strategy that meets the token budget, with all ratios filled in. Parameters
/// whose bounds are equal, and the last ratio, which the budget ties, are no dimensions.
public struct StrategySpace: Sendable {
  /// The dimensions, in the order of a point's coordinates.
  public let parameters: [ParameterName]
  /// The bounds of all parameters, searched or not, the last ratio's among them.
  public let bounds: [ParameterName: ParameterBounds]
  /// What the optimiser searches.
  let searchSpace: SearchSpace

  let shape: StrategyShape
  private let ratios: RatioIntervals

  /// A strategy may miss the budget by no more than this.
  static let tolerance = 1e-6

  /// Makes the space of a study.
  ///
  /// - Parameters:
  ///   - shape: What all strategies have in common.
  ///   - overrides: Bounds that replace the default ones.
  /// - Throws: ``CalibrationError/Code/valueOutOfRange``,
  ///   ``CalibrationError/Code/budgetInfeasible``, ``CalibrationError/Code/invalidStrategy``.
  public init(
    _ shape: StrategyShape, overrides: [ParameterName: ParameterBounds] = [:]
  ) throws(CalibrationError) {
    try shape.check()
    var bounds = DefaultBounds.bounds(of: shape)
    for (name, override) in overrides.sorted(by: { $0.key < $1.key }) {
      guard bounds[name] != nil else {
        throw .outOfRange(.parameters, "there is no such parameter here", parameter: name)
      }
      try override.check(name)
      bounds[name] = override
    }
    self.shape = shape
    self.bounds = bounds
    let stages = shape.stageLayers.count + 1
    var intervals: [ClosedRange<Double>] = []
    for stage in 0..<stages {
      guard let bound = bounds[.retainRatio(stage)] else { continue }
      intervals.append(bound.lower...bound.upper)
    }
    ratios = try RatioIntervals(
      bounds: intervals, spans: shape.spans, budget: shape.tokenBudget)
    parameters = bounds.keys.sorted().filter { name in
      name != .retainRatio(stages - 1) && bounds[name]?.isFixed == false
    }
    searchSpace = try StrategySpace.searchSpace(of: parameters, bounds)
  }

  /// The strategy that a point stands for, with all ratios filled in.
  ///
  /// - Parameter point: One value per entry of ``parameters``; a ratio's is its coordinate.
  /// - Returns: A strategy that resolves and meets the budget.
  public func strategy(at point: [Double]) -> PruningStrategy {
    var values: [ParameterName: Double] = [:]
    for (name, value) in zip(parameters, point) { values[name] = value }
    let stages = shape.stageLayers.count + 1
    let coordinates = (0..<stages - 1).map { values[.retainRatio($0)] ?? 0.5 }
    for (name, bound) in bounds where values[name] == nil && name.stage == nil {
      values[name] = bound.lower
    }
    return shape.strategy(
      ratios: ratios.ratios(at: coordinates), threshold: values[.globalThreshold],
      cellSize: values[.recyclingCellSize], entropyWeight: values[.entropyWeight])
  }

  /// The point that stands for a strategy; nil when the strategy is not within the bounds.
  ///
  /// - Parameter strategy: Resolved, of this space's shape.
  /// - Returns: One value per entry of ``parameters``.
  public func point(of strategy: PruningStrategy) -> [Double]? {
    let given = strategy.stages.map { $0.retainRatio ?? 1 }
    guard let coordinates = ratios.coordinates(of: given, tolerance: Self.tolerance) else {
      return nil
    }
    var values: [ParameterName: Double] = [
      .globalThreshold: strategy.globalThreshold ?? .nan,
      .recyclingCellSize: strategy.recyclingCellSize ?? .nan,
      .entropyWeight: strategy.entropyWeight,
    ]
    for (name, value) in values {
      guard let bound = bounds[name] else { continue }
      guard bound.contains(value) else { return nil }
      if bound.isInteger, value.rounded() != value { return nil }
    }
    for (stage, coordinate) in coordinates.enumerated() {
      values[.retainRatio(stage)] = coordinate
    }
    return parameters.map { values[$0] ?? 0.5 }
  }

  /// The strategy within the bounds that is nearest to wished settings, parameter by parameter.
  func nearest(to wish: PruningStrategy) -> PruningStrategy {
    func value(_ name: ParameterName, _ wish: Double?) -> Double? {
      guard let bound = bounds[name] else { return nil }
      let value = bound.clamp(wish ?? bound.lower)
      return bound.isInteger ? bound.clamp(value.rounded()) : value
    }
    return shape.strategy(
      ratios: ratios.nearest(to: wish.stages.map { $0.retainRatio ?? 1 }),
      threshold: value(.globalThreshold, wish.globalThreshold),
      cellSize: value(.recyclingCellSize, wish.recyclingCellSize),
      entropyWeight: value(.entropyWeight, wish.entropyWeight))
  }
}
