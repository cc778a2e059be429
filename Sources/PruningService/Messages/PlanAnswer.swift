internal import TokenPruning

extension AnswerObject {
  /// The answer for one planned item; stages and report are those of the most rows.
  init(_ plan: PruningPlan, of item: PlanRequest.Item) {
    self.init()
    append("id", item.id.map(AnswerValue.string))
    append("input_tokens", .integer(plan.inputTokens))
    switch item.strategy.count {
    case .exact: append("count", .integer(plan.maximum))
    case .reference:
      append("count_min", .integer(plan.minimum))
      append("count_max", .integer(plan.maximum))
    }
    append(
      "stages", .list(plan.stages.map { .object(AnswerObject($0, rule: item.strategy.count)) }))
    append("report", .object(AnswerObject(plan.report)))
    if item.hasOwnStrategy { append("strategy", .object(AnswerObject(item.strategy))) }
  }

  private init(_ stage: PlannedStage, rule: CountRule) {
    self.init()
    append("layer", .integer(stage.layer))
    append("retain_ratio", .number(stage.retainRatio))
    append("count", .integer(stage.maximum))
    if rule == .reference {
      append("count_min", .integer(stage.minimum))
      append("count_max", .integer(stage.maximum))
    }
  }
}
