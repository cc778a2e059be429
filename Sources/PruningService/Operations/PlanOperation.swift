internal import TensorCoding
public import Tensors
internal import TokenPruning

/// `POST /v1/plan`: how many tokens a strategy leaves, from layouts alone.
public struct PlanOperation: MessageOperation {
  private let strategies: any StrategyResolver
  private let limits: MessageLimits

  /// Makes the operation.
  public init(strategies: any StrategyResolver, limits: MessageLimits) {
    self.strategies = strategies
    self.limits = limits
  }

  /// Reads a body, which has no tensors.
  public func decode(
    _ body: TensorStorage, as encoding: MessageEncoding, memory: ReferencedMemory?
  ) throws(ServiceProblem) -> PlanRequest {
    try PlanRequest(body, as: encoding, strategies: strategies, limits: limits)
  }

  /// Counts item by item.
  public func run(
    _ request: PlanRequest, checkpoint: Checkpoint
  ) throws(ServiceProblem) -> AnswerDocument {
    var allowance = WorkAllowance()
    let items = try request.items.answers(isPartial: request.isPartial, checkpoint: checkpoint) {
      (item) throws(ServiceProblem) in
      try answer(for: item, model: request.model, allowance: &allowance)
    }
    var body = AnswerObject()
    body.append("items", items)
    body.append("strategy", request.strategy.map { .object(AnswerObject($0)) })
    return AnswerDocument(body, tellsTiming: request.tellsTiming)
  }

  private func answer(
    for item: PlanRequest.Item, model: ModelShape, allowance: inout WorkAllowance
  ) throws(ServiceProblem) -> AnswerObject {
    try allowance.take(item.layout, at: item.place)
    let plan: PruningPlan
    do throws(PruningError) {
      plan = try PruningPlan(
        layout: item.layout, strategy: item.strategy, textTokens: item.textTokens, model: model)
    } catch { throw ServiceProblem(error, at: item.place) }
    if let expected = item.inputTokens, expected != plan.inputTokens {
      throw .field(
        item.place.item.appending("input_tokens"),
        "contradicts the layout, which has \(plan.inputTokens) tokens")
    }
    return AnswerObject(plan, of: item)
  }
}
