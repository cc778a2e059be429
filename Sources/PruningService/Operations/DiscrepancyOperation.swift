public import Tensors
public import TokenPruning

/// `POST /v1/discrepancy`: how far pruning moves the hidden states of a model.
public struct DiscrepancyOperation: MessageOperation {
  private let pruner: Pruner
  private let limits: MessageLimits

  /// Makes the operation.
  public init(pruner: Pruner, limits: MessageLimits) {
    self.pruner = pruner
    self.limits = limits
  }

  /// Reads a body; its tensors may be references to `memory`.
  public func decode(
    _ body: TensorStorage, as encoding: MessageEncoding, memory: ReferencedMemory?
  ) throws(ServiceProblem) -> DiscrepancyRequest {
    try DiscrepancyRequest(
      body, as: encoding, limits: limits, memory: memory)
  }

  /// Compares sample by sample.
  public func run(
    _ request: DiscrepancyRequest, checkpoint: Checkpoint
  ) throws(ServiceProblem) -> AnswerDocument {
    try checkpoint()
    let pruner = pruner.interrupted(by: checkpoint)
    let discrepancy = try checkpoint.guarding(.defaults) { () throws(PruningError) in
      try pruner.discrepancy(full: request.full, pruned: request.pruned)
    }
    var body = AnswerObject()
    body.append("similarity", .floats(discrepancy.similarity))
    body.append("mean", .number(discrepancy.mean))
    body.append("non_finite", .integer(discrepancy.nonFinite))
    return AnswerDocument(body, tellsTiming: request.tellsTiming)
  }
}
