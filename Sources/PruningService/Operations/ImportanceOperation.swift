public import Tensors
public import TokenPruning

/// `POST /v1/importance`: the importance of every token and what it is made from.
public struct ImportanceOperation: MessageOperation {
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
  ) throws(ServiceProblem) -> ImportanceRequest {
    try ImportanceRequest(
      body, as: encoding, strategies: strategies, limits: limits, memory: memory)
  }

  /// Works out the maps item by item.
  public func run(
    _ request: ImportanceRequest, checkpoint: Checkpoint
  ) throws(ServiceProblem) -> AnswerDocument {
    let pruner = pruner.interrupted(by: checkpoint)
    var allowance = WorkAllowance()
    let items = try request.items.answers(isPartial: request.isPartial, checkpoint: checkpoint) {
      (item) throws(ServiceProblem) in
      try item.content.layout.map { (layout) throws(ServiceProblem) in
        try allowance.take(layout, at: item.place)
      }
      return try checkpoint.guarding(item.place) { () throws(PruningError) in
        try answer(for: item, pruner)
      }
    }
    var body = AnswerObject()
    body.append("items", items)
    return AnswerDocument(body, tellsTiming: request.tellsTiming)
  }

  private func answer(
    for item: ImportanceRequest.Item, _ pruner: Pruner
  ) throws(PruningError) -> AnswerObject {
    switch item.content {
    case .map(let input, let strategy):
      return AnswerObject(try pruner.importance(of: input, strategy: strategy), id: item.id)
    case .pixels(let pixels, let layout?, let patch):
      let bits = try pruner.patchEntropy(of: pixels, layout: layout, patchPixels: patch)
      let leading = pixels.shape.dimensions.dropLast(3)
      let perTile = bits.count / max(1, leading.first ?? 1)
      return AnswerObject(entropy: bits, dimensions: leading + [perTile], id: item.id)
    case .pixels(let pixels, nil, let patch):
      let entropy = try pruner.patchEntropy(of: pixels, patchPixels: patch ?? 14)
      return AnswerObject(entropy: entropy.bits, dimensions: [entropy.bits.count], id: item.id)
    }
  }
}

extension ImportanceRequest.Content {
  /// The layout, where there is one.
  fileprivate var layout: TokenLayout? {
    switch self {
    case .map(let input, _): input.layout
    case .pixels(_, let layout, _): layout
    }
  }
}
