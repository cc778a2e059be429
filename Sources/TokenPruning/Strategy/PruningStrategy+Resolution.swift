extension PruningStrategy {
  /// A language model of more layers than this is a mistake.
  static let maximumLayers = 100_000
  /// A budget that all given ratios miss by no more than this counts as met.
  static let budgetTolerance = 1e-6
  /// A tied ratio above 1 by no more than this is rounding noise of the tie itself.
  static let ratioTolerance = 1e-12

  /// Checks every setting and fills in a last ratio that was left to the token budget.
  ///
  /// - Returns: The same strategy with all retain ratios present.
  /// - Throws: ``PruningError`` naming the first setting at fault.
  public func resolved() throws(PruningError) -> PruningStrategy {
    try checkScalars()
    try checkStages()
    guard stages[stages.count - 1].retainRatio == nil else {
      try checkBudget()
      return self
    }
    var resolved = self
    resolved.stages[stages.count - 1].retainRatio = try tiedRatio()
    return resolved
  }

  /// The ratios of a resolved strategy, one per stage.
  var retainRatios: [Double] { stages.map { $0.retainRatio ?? 1 } }

  /// The number of layers that each stage rules.
  var layerSpans: [Int] {
    stages.indices.map { stage in
      (stage + 1 < stages.count ? stages[stage + 1].layer : layers) - stages[stage].layer
    }
  }

  func checkScalars() throws(PruningError) {
    if let globalThreshold, !globalThreshold.isFinite || globalThreshold < 0 {
      throw .outOfRange(.globalThreshold, "must be a finite number, at least 0")
    }
    guard entropyWeight.isFinite else {
      throw .outOfRange(.entropyWeight, "must be a finite number")
    }
    if let recyclingCellSize, !recyclingCellSize.isFinite || recyclingCellSize < 1 {
      throw .outOfRange(.recyclingCellSize, "must be a finite number, at least 1")
    }
    if let tokenBudget, !isRatio(tokenBudget) {
      throw .outOfRange(.tokenBudget, "must be above 0 and at most 1")
    }
  }

  private func checkStages() throws(PruningError) {
    guard !stages.isEmpty else { throw .outOfRange(.stages, "must hold at least one stage") }
    guard stages[0].layer == 0 else {
      throw .outOfRange(.layer, stage: 0, "the first stage is layer 0")
    }
    guard layers >= 1, layers <= Self.maximumLayers else {
      throw .outOfRange(.layers, "must be 1 to 100000")
    }
    for (index, stage) in stages.enumerated() {
      if index > 0, stage.layer <= stages[index - 1].layer {
        throw .outOfRange(.layer, stage: index, "must be above the previous stage's layer")
      }
      guard stage.layer < layers else {
        throw .outOfRange(.layer, stage: index, "must be below layers")
      }
      try checkRatio(stage.retainRatio, stage: index)
    }
  }

  private func checkRatio(_ ratio: Double?, stage: Int) throws(PruningError) {
    if let ratio {
      guard isRatio(ratio) else {
        throw .outOfRange(.retainRatio, stage: stage, "must be above 0 and at most 1")
      }
      return
    }
    guard stage == stages.count - 1 else {
      throw .missing(.retainRatio, stage: stage, "only the last stage's ratio may be left out")
    }
    guard tokenBudget != nil else {
      throw .missing(.retainRatio, stage: stage, "needed where there is no token_budget")
    }
  }

  private func isRatio(_ value: Double) -> Bool { value > 0 && value <= 1 }

  /// Solves VFlowOpt's equation 5 for the last ratio (`docs/algorithm.md`, equation 12).
  private func tiedRatio() throws(PruningError) -> Double {
    let budget = tokenBudget ?? 1
    let spans = layerSpans
    let last = stages.count - 1
    var product = 1.0
    var spent = 0.0
    for index in 0..<last {
      product *= stages[index].retainRatio ?? 1
      spent += product * Double(spans[index])
    }
    let reach = Double(spans[last]) * product
    let ratio = (budget * Double(layers) - spent) / reach
    if ratio > 1, ratio <= 1 + Self.ratioTolerance { return 1 }
    guard isRatio(ratio) else {
      throw PruningError(
        .budgetInfeasible, field: .tokenBudget, stage: last,
        budget: .init(
          requested: budget, smallest: spent / Double(layers),
          largest: (spent + reach) / Double(layers)),
        rule: "no retain ratio of the last stage meets this budget")
    }
    return ratio
  }

  private func checkBudget() throws(PruningError) {
    guard let tokenBudget else { return }
    guard abs(meanTokenRatio - tokenBudget) <= Self.budgetTolerance else {
      throw .outOfRange(.tokenBudget, "must equal the mean that the given ratios have, to 1e-6")
    }
  }

  /// The mean share of tokens over all layers that the ratios ask for, before integer rounding.
  public var meanTokenRatio: Double {
    var product = 1.0
    var total = 0.0
    for (ratio, span) in zip(retainRatios, layerSpans) {
      product *= ratio
      total += product * Double(span)
    }
    return total / Double(layers)
  }
}
