internal import TensorCoding
internal import TokenPruning

/// The fields of a request that belong to no single item.
struct RequestSettings {
  /// The default strategy of all items.
  let strategy: StrategyChoice?
  /// The default layout of all items.
  let layout: LayoutChoice?
  /// The default number of text tokens.
  let textTokens: Int
  /// What the answer shall hold.
  let returned: ReturnedFacts
  /// The language model whose costs are reported.
  let model: ModelShape
  /// Whether a faulty item leaves the others alone.
  let isPartial: Bool
  /// Whether the answer tells the phases' durations.
  let tellsTiming: Bool

  /// Reads the settings and refuses every other field; items and tensors were read before.
  ///
  /// - Parameters:
  ///   - fields: The request.
  ///   - strategies: Where named strategies are found.
  ///   - choosesFacts: Whether the route has a `return` field.
  /// - Throws: 404 for an unknown strategy, 422 for anything else that is wrong.
  init(
    _ fields: inout FieldReader, strategies: any StrategyResolver, choosesFacts: Bool = true
  ) throws(ServiceProblem) {
    strategy = try fields.strategy(from: strategies)
    layout = try fields.layout()
    textTokens = try fields.textTokens() ?? 0
    returned = choosesFacts ? try fields.returnedFacts() : .byDefault
    model = try fields.model() ?? .standard
    isPartial = try fields.boolean("partial") ?? false
    tellsTiming = try fields.boolean("timing") ?? true
    try fields.finish()
  }
}

/// The settings of one item, its own or the request's defaults.
struct ItemSettings {
  /// The item's name, echoed in the answer.
  let id: String?
  /// The strategy as written, if there is one.
  let strategy: StrategyChoice?
  /// Whether the strategy is the item's own.
  let hasOwnStrategy: Bool
  /// The layout; a square grid where nothing is said.
  let layout: LayoutChoice
  /// The number of text tokens around the item's tokens.
  let textTokens: Int
  /// Where all of these sit.
  let place: ItemPlace

  /// Reads an item's settings; other fields are left unread.
  init(
    _ fields: inout FieldReader, defaults: RequestSettings, strategies: any StrategyResolver
  ) throws(ServiceProblem) {
    id = try fields.string("id")
    var place = ItemPlace(item: fields.pointer)
    let own = try fields.strategy(from: strategies)
    hasOwnStrategy = own != nil
    strategy = own ?? defaults.strategy
    place.strategy = strategy?.pointer ?? JSONPointer.root.appending("strategy")
    place.isStrategyNamed = strategy?.isNamed ?? false
    layout = try fields.layout() ?? defaults.layout ?? LayoutChoice(pointer: place.layout)
    place.layout = layout.pointer
    let ownTextTokens = try fields.textTokens()
    textTokens = ownTextTokens ?? defaults.textTokens
    if ownTextTokens == nil { place.textTokens = JSONPointer.root.appending("text_tokens") }
    self.place = place
  }

  /// The item's strategy with all ratios filled in; `strategy` is the request's default.
  func resolvedStrategy(
    default strategy: PruningStrategy?
  ) throws(ServiceProblem) -> PruningStrategy {
    if !hasOwnStrategy, let strategy { return strategy }
    guard let choice = self.strategy else { throw .field(place.strategy, "is missing") }
    return try choice.resolved(at: place)
  }

  /// The arrangement of the item's tokens; without a layout `tokens` tells how many there are,
  /// given the [CLS] rows of attention, query and key.
  func arrangement(
    tokens: (_ clsTokens: Int) throws(ServiceProblem) -> Int?
  ) throws(ServiceProblem) -> TokenLayout {
    switch layout.arrangement {
    case .complete(let layout): return layout
    case .square(let clsTokens):
      guard let tokens = try tokens(clsTokens) else {
        throw .field(place.layout, "is missing, and nothing else tells the number of tokens")
      }
      return .inferred(tokens: tokens, clsTokens: clsTokens)
    }
  }
}

extension FieldReader {
  fileprivate mutating func textTokens() throws(ServiceProblem) -> Int? {
    try integer("text_tokens", in: 0...MessageLimits.maximumCount)
  }

  /// The `model`, a name or its sizes.
  fileprivate mutating func model() throws(ServiceProblem) -> ModelShape? {
    guard let value = value("model") else { return nil }
    let place = pointer.appending("model")
    if case .string(let name) = value {
      guard let known = ModelShape.known(named: name) else {
        let names = ModelShape.known.compactMap(\.name).joined(separator: ", ")
        throw .field(place, "must be one of \(names), or an object with the model's sizes")
      }
      return known
    }
    guard case .object = value else {
      throw .field(place, "must be a known name or an object with the model's sizes")
    }
    var fields = try FieldReader(value, at: place)
    var sizes: [Int] = []
    for key in ["hidden", "kv_width", "ffn"] {
      guard let size = try fields.integer(key, in: 1...MessageLimits.maximumCount) else {
        throw fields.missing(key)
      }
      sizes.append(size)
    }
    try fields.finish()
    do throws(PruningError) {
      return try ModelShape(hidden: sizes[0], kvWidth: sizes[1], ffn: sizes[2])
    } catch { throw ServiceProblem(error, at: .defaults) }
  }
}
