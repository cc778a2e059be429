public import Tensors
public import TokenPruning

/// `POST /v1/prune`: which tokens stay, what the others are merged into, and until which layer.
public struct PruneOperation: MessageOperation {
  private let pruner: Pruner
  private let strategies: any StrategyResolver
  private let limits: MessageLimits

  /// Makes the operation.
  public init(pruner: Pruner, strategies: any StrategyResolver, limits: MessageLimits) {
    self.pruner = pruner
    self.strategies = strategies
    self.limits = limits
  }

  /// Reads a body; its tensors may be references to `memory`.
  public func decode(
    _ body: TensorStorage, as encoding: MessageEncoding, memory: ReferencedMemory?
  ) throws(ServiceProblem) -> PruneRequest {
    try PruneRequest(
      body, as: encoding, strategies: strategies, limits: limits, memory: memory)
  }

  /// Prunes item by item; tokens are gathered only when the answer is written.
  public func run(
    _ request: PruneRequest, checkpoint: Checkpoint
  ) throws(ServiceProblem) -> AnswerDocument {
    let pruner = pruner.interrupted(by: checkpoint)
    let unseen = itemReadOnce(of: request)
    var allowance = WorkAllowance()
    var plan = request.output.map(OutputPlan.init)
    let items = try request.items.answers(isPartial: request.isPartial, checkpoint: checkpoint) {
      (item) throws(ServiceProblem) in
      try allowance.take(item.input.layout, at: item.place)
      let selection = try checkpoint.guarding(item.place) { () throws(PruningError) in
        unseen == nil
          ? try pruner.select(item.input, strategy: item.strategy)
          : try pruner.selectUnseen(item.input, strategy: item.strategy)
      }
      return try looking(at: unseen, with: pruner) { () throws(ServiceProblem) in
        try answer(for: item, selection, of: request, pruner, &allowance, &plan)
      }
    }
    // Only now is known whether all of them fit.
    try looking(at: unseen, with: pruner) { () throws(ServiceProblem) in
      try plan?.write(checkpoint)
    }
    var body = AnswerObject()
    body.append("items", items)
    body.append("strategy", request.strategy.map { .object(AnswerObject($0)) })
    return AnswerDocument(body, tellsTiming: request.tellsTiming)
  }

  /// The item whose tokens are looked at only while they are gathered, and so read once.
  ///
  /// A faulty item of a partial request must be known before its answer is put together, and of
  /// several items the first fault is told, so there all tokens are looked at beforehand.
  private func itemReadOnce(of request: PruneRequest) -> PruneRequest.Item? {
    guard request.items.count == 1, !request.isPartial, request.returned.contains(.tokens),
      case .ready(let item) = request.items[0], pruner.looksWhileGathering(item.input)
    else { return nil }
    return item
  }

  /// Does what comes after the selection; a fault of tokens that nobody has looked at comes first.
  private func looking<Result>(
    at unseen: PruneRequest.Item?, with pruner: Pruner,
    _ work: () throws(ServiceProblem) -> Result
  ) throws(ServiceProblem) -> Result {
    do throws(ServiceProblem) { return try work() } catch {
      guard let unseen, error.type != .deadlineExceeded else { throw error }
      do throws(PruningError) {
        try pruner.requireFiniteTokens(of: unseen.input)
      } catch let fault {
        // Nobody waits for the first fault any more.
        guard fault.code != .interrupted else { throw error }
        throw ServiceProblem(fault, at: unseen.place)
      }
      throw error
    }
  }

  private func answer(
    for item: PruneRequest.Item, _ selection: Selection, of request: PruneRequest,
    _ pruner: Pruner, _ allowance: inout WorkAllowance, _ plan: inout OutputPlan?
  ) throws(ServiceProblem) -> AnswerObject {
    try allowance.take(selection.stages, at: item.place)
    do throws(PruningError) {
      var answer = AnswerObject(selection, of: item, returned: request.returned)
      if request.returned.contains(.tokens), item.input.tokens != nil {
        let rows = TokenRows(
          pruner: pruner, selection: selection, input: item.input, asBase64: item.hasBase64Tokens,
          place: item.place)
        answer.append("tokens", plan?.place(rows) ?? .rows(rows))
      }
      if request.returned.contains(.report) {
        let report = try CostReport(
          inputTokens: selection.inputTokens, stageCounts: selection.stageCounts,
          strategy: item.strategy, textTokens: item.textTokens, model: request.model)
        answer.append("report", .object(AnswerObject(report)))
      }
      if item.hasOwnStrategy { answer.append("strategy", .object(AnswerObject(item.strategy))) }
      let digest = AnswerDigest.hexadecimal(strategy: item.strategy, selection: selection)
      answer.append("digest", .string(digest))
      return answer
    } catch { throw ServiceProblem(error, at: item.place) }
  }
}
