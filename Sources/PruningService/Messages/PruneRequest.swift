public import TokenPruning

/// An item of a batch that could be read, or the reason why not.
public enum BatchItem<Content: RequestedItem>: Sendable {
  /// The item.
  case ready(Content)
  /// A faulty item of a partial request, with its name.
  case faulty(id: String?, ServiceProblem)
}

/// An item whose faults can be told apart from those of its neighbours.
public protocol RequestedItem: Sendable {
  /// The item's name, echoed in the answer.
  var id: String? { get }
}

/// What `POST /v1/prune` was asked to do.
public struct PruneRequest: Sendable {
  /// One item and its settings.
  public struct Item: RequestedItem {
    /// The item's name, echoed in the answer.
    public let id: String?
    /// What to prune.
    public let input: PruningInput
    /// The strategy as resolved.
    public let strategy: PruningStrategy
    /// Whether the strategy is the item's own.
    public let hasOwnStrategy: Bool
    /// The number of text tokens around the item's tokens, for the report.
    public let textTokens: Int
    /// Whether a JSON answer writes the tokens as base64.
    public let hasBase64Tokens: Bool
    let place: ItemPlace
  }

  /// The items in the order of the request.
  public let items: [BatchItem<Item>]
  /// The default strategy as resolved.
  public let strategy: PruningStrategy?
  /// What the answer shall hold.
  public let returned: ReturnedFacts
  /// The language model whose costs are reported.
  public let model: ModelShape
  /// Whether a faulty item leaves the others alone.
  public let isPartial: Bool
  /// Whether the answer tells the phases' durations.
  public let tellsTiming: Bool
  /// Where the tokens of the answer go instead of into the answer.
  let output: OutputMemory?
}
