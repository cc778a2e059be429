import TokenPruning

/// A request as `vflowopt calibrate` writes it.
struct EvaluationRequest: Decodable {
  /// A strategy as in `/v1/prune`.
  struct Strategy: Decodable {
    struct Stage: Decodable {
      let layer: Int
      let retainRatio: Double?
    }

    let globalThreshold: Double?
    let entropyWeight: Double?
    let recycling: String?
    let recyclingCellSize: Double?
    let layers: Int?
    let stages: [Stage]
    let tokenBudget: Double?
    let count: String?

    var value: PruningStrategy {
      PruningStrategy(
        globalThreshold: globalThreshold, entropyWeight: entropyWeight ?? 0,
        recycling: recycling.flatMap(Recycling.init) ?? .grid,
        recyclingCellSize: recyclingCellSize, layers: layers,
        stages: stages.map { PruningStage(layer: $0.layer, retainRatio: $0.retainRatio) },
        tokenBudget: tokenBudget, count: count.flatMap(CountRule.init) ?? .reference)
    }
  }

  let kind: String
  let strategy: Strategy?
  /// The rows that are wanted; nil stands for all.
  let rows: [Int]?
}
