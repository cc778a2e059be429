import TokenPruning

/// A request as `vflowopt calibrate` writes it.
struct EvaluationRequest: Decodable {
  /// A strategy as in `/v1/prune`.
  struct Strategy: Decodable {
    struct Stage: Decodable {
      let layer: Int
      let retain_ratio: Double?
    }

    let global_threshold: Double?
    let entropy_weight: Double?
    let recycling: String?
    let recycling_cell_size: Double?
    let layers: Int?
    let stages: [Stage]
    let token_budget: Double?
    let count: String?

    var value: PruningStrategy {
      PruningStrategy(
        globalThreshold: global_threshold, entropyWeight: entropy_weight ?? 0,
        recycling: recycling.flatMap(Recycling.init) ?? .grid,
        recyclingCellSize: recycling_cell_size, layers: layers,
        stages: stages.map { PruningStage(layer: $0.layer, retainRatio: $0.retain_ratio) },
        tokenBudget: token_budget, count: count.flatMap(CountRule.init) ?? .reference)
    }
  }

  let kind: String
  let strategy: Strategy?
  /// The rows that are wanted; nil stands for all.
  let rows: [Int]?
}
