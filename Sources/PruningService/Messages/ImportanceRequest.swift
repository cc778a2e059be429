internal import TensorCoding
public import Tensors
public import TokenPruning

/// What `POST /v1/importance` was asked to work out.
public struct ImportanceRequest: Sendable {
  /// What is known of an item.
  public enum Content: Sendable {
    /// Enough for a map; of the strategy only the threshold and the entropy weight matter.
    case map(PruningInput, PruningStrategy)
    /// Pixels alone; without a layout every whole patch of the image counts.
    case pixels(Tensor, layout: TokenLayout?, patchPixels: Int?)
  }

  /// One item and its settings.
  public struct Item: RequestedItem {
    /// The item's name, echoed in the answer.
    public let id: String?
    /// What is known of the item.
    public let content: Content
    let place: ItemPlace
  }

  /// The items in the order of the request.
  public let items: [BatchItem<Item>]
  /// Whether a faulty item leaves the others alone.
  public let isPartial: Bool
  /// Whether the answer tells the phases' durations.
  public let tellsTiming: Bool

  /// Reads a request from either encoding; it may hold all that a prune request holds.
  ///
  /// - Parameters:
  ///   - body: All bytes of the body; tensors of a safetensors body stay views of it.
  ///   - encoding: What the bytes are.
  ///   - strategies: Where named strategies are found.
  ///   - limits: Bounds on what is read.
  ///   - memory: What tensors may be references to.
  /// - Throws: 400 for bytes that are not what they claim, 404 for an unknown strategy, 422 for
  ///   anything that is well-formed but wrong.
  public init(
    _ body: TensorStorage, as encoding: MessageEncoding, strategies: any StrategyResolver,
    limits: MessageLimits, memory: ReferencedMemory? = nil
  ) throws(ServiceProblem) {
    var body = try RequestBody(
      body, as: encoding, names: TensorName.ofItem, limits: limits.coding, memory: memory)
    let batch = try RequestBatch(&body, names: TensorName.ofItem, limits: limits)
    let settings = try RequestSettings(&body.fields, strategies: strategies)
    items = try batch.map(isPartial: settings.isPartial) { (raw) throws(ServiceProblem) in
      try Item(raw, settings: settings, strategies: strategies, limits: limits)
    }
    isPartial = settings.isPartial
    tellsTiming = settings.tellsTiming
  }
}

extension ImportanceRequest.Item {
  fileprivate init(
    _ raw: RequestItem, settings: RequestSettings, strategies: any StrategyResolver,
    limits: MessageLimits
  ) throws(ServiceProblem) {
    var fields = raw.fields
    let own = try ItemSettings(&fields, defaults: settings, strategies: strategies)
    try fields.finish()
    let tensors = try raw.tensors(limits: limits.coding)
    id = own.id
    place = own.place
    if let pixels = tensors[.pixels], tensors.count == 1 {
      content = .pixels(
        pixels, layout: own.layout.completeLayout, patchPixels: own.layout.patchPixels)
    } else {
      let input = try PruningInput(tensors, settings: own, reportsEntropy: true)
      content = .map(input, own.strategy?.strategy ?? PruningStrategy(stages: []))
    }
  }
}

extension LayoutChoice {
  /// The layout, where the request names all of its sizes.
  fileprivate var completeLayout: TokenLayout? {
    switch arrangement {
    case .complete(let layout): layout
    case .square: nil
    }
  }
}
