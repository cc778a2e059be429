internal import TensorCoding
public import Tensors
public import TokenPruning

/// What `POST /v1/plan` was asked to count.
public struct PlanRequest: Sendable {
  /// One item and its settings.
  public struct Item: RequestedItem {
    /// The item's name, echoed in the answer.
    public let id: String?
    /// How the item's tokens are arranged.
    public let layout: TokenLayout
    /// The length of the merged sequence as the client counts it.
    public let inputTokens: Int?
    /// The strategy as resolved.
    public let strategy: PruningStrategy
    /// Whether the strategy is the item's own.
    public let hasOwnStrategy: Bool
    /// The number of text tokens around the item's tokens, for the report.
    public let textTokens: Int
    let place: ItemPlace
  }

  /// The items in the order of the request.
  public let items: [BatchItem<Item>]
  /// The default strategy as resolved.
  public let strategy: PruningStrategy?
  /// The language model whose costs are reported.
  public let model: ModelShape
  /// Whether a faulty item leaves the others alone.
  public let isPartial: Bool
  /// Whether the answer tells the phases' durations.
  public let tellsTiming: Bool

  /// Reads a request from either encoding; there are no tensors in it.
  ///
  /// - Parameters:
  ///   - body: All bytes of the body.
  ///   - encoding: What the bytes are.
  ///   - strategies: Where named strategies are found.
  ///   - limits: Bounds on what is read.
  /// - Throws: 400 for bytes that are not what they claim, 404 for an unknown strategy, 422 for
  ///   anything that is well-formed but wrong.
  public init(
    _ body: TensorStorage, as encoding: MessageEncoding, strategies: any StrategyResolver,
    limits: MessageLimits
  ) throws(ServiceProblem) {
    var body = try RequestBody(body, as: encoding, names: [], limits: limits.coding)
    let batch = try RequestBatch(&body, names: [], limits: limits)
    let settings = try RequestSettings(
      &body.fields, strategies: strategies, choosesFacts: false)
    let strategy = try settings.strategy?.resolved(at: .defaults)
    items = try batch.map(isPartial: settings.isPartial) { (raw) throws(ServiceProblem) in
      try Item(raw, settings: settings, strategy: strategy, strategies: strategies)
    }
    try items.checkStages()
    self.strategy = strategy
    model = settings.model
    isPartial = settings.isPartial
    tellsTiming = settings.tellsTiming
  }
}

extension PlanRequest.Item {
  fileprivate init(
    _ raw: RequestItem, settings: RequestSettings, strategy: PruningStrategy?,
    strategies: any StrategyResolver
  ) throws(ServiceProblem) {
    var fields = raw.fields
    let own = try ItemSettings(&fields, defaults: settings, strategies: strategies)
    inputTokens = try fields.integer("input_tokens", in: 1...MessageLimits.maximumCount)
    try fields.finish()
    self.strategy = try own.resolvedStrategy(default: strategy)
    layout = try own.arrangement { [inputTokens] _ in inputTokens }
    id = own.id
    hasOwnStrategy = own.hasOwnStrategy
    textTokens = own.textTokens
    place = own.place
  }
}
