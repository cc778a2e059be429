internal import TokenPruning

extension AnswerObject {
  /// A strategy as the contract writes it; settings without a value are left out.
  init(_ strategy: PruningStrategy) {
    self.init()
    append("method", .string("vflowopt"))
    append("global_threshold", strategy.globalThreshold.map(AnswerValue.number))
    append("entropy_weight", .number(strategy.entropyWeight))
    append("recycling", Recycling.wireNames.name(of: strategy.recycling))
    append("recycling_cell_size", strategy.recyclingCellSize.map(AnswerValue.number))
    append("layers", .integer(strategy.layers))
    append("stages", .list(strategy.stages.map { .object(AnswerObject($0)) }))
    append("token_budget", strategy.tokenBudget.map(AnswerValue.number))
    append("count", CountRule.wireNames.name(of: strategy.count))
  }

  private init(_ stage: PruningStage) {
    self.init()
    append("layer", .integer(stage.layer))
    append("retain_ratio", stage.retainRatio.map(AnswerValue.number))
  }

  /// A cost report; `model` tells whose sizes were used.
  init(_ report: CostReport) {
    self.init()
    append("mean_token_ratio", .number(report.meanTokenRatio))
    append("kv_cache_reduction", .number(report.kvCacheReduction))
    append("prefill_flop_ratio", report.prefillFlopRatio.map(AnswerValue.number))
    append("model", Self.name(of: report.model))
  }

  private static func name(of model: ModelShape) -> AnswerValue {
    if let name = model.name { return .string(name) }
    var sizes = AnswerObject()
    sizes.append("hidden", .integer(model.hidden))
    sizes.append("kv_width", .integer(model.kvWidth))
    sizes.append("ffn", .integer(model.ffn))
    return .object(sizes)
  }
}

extension Array {
  /// The wire name of a word.
  fileprivate func name<Value: Equatable>(of value: Value) -> AnswerValue?
  where Element == (name: String, value: Value) {
    first { $0.value == value }.map { .string($0.name) }
  }
}
