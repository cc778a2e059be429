internal import TokenPruning

/// Where the parts of one item sit in a request, so that a fault deep in the method finds its field.
struct ItemPlace: Sendable {
  /// The item itself.
  let item: RequestPointer
  /// The strategy that applies to the item.
  var strategy: RequestPointer
  /// Whether the strategy is given by name, so that nothing in it can be pointed at.
  var isStrategyNamed: Bool
  /// The layout that applies to the item.
  var layout: RequestPointer
  /// Where the number of text tokens sits.
  var textTokens: RequestPointer

  /// An item whose settings are its own.
  init(item: RequestPointer) {
    self.item = item
    strategy = item.member("strategy")
    isStrategyNamed = false
    layout = item.member("layout")
    textTokens = item.member("text_tokens")
  }

  /// The request's defaults, which belong to no item.
  static let defaults = ItemPlace(item: .root)

  /// The place of a tensor.
  func pointer(to tensor: TensorName) -> RequestPointer { item.member(tensor.rawValue) }

  /// The place of a setting; `stage` is the stage that it belongs to, if any.
  func pointer(to field: PruningField, stage: Int?) -> RequestPointer {
    switch field.owner {
    case .strategy where isStrategyNamed: strategy
    case .strategy:
      if let stage, field == .layer || field == .retainRatio {
        strategy.member("stages").element(stage).member(field.rawValue)
      } else {
        strategy.member(field.rawValue)
      }
    case .layout: layout.member(field.rawValue)
    case .model: RequestPointer.root.member("model").member(field.rawValue)
    case .item:
      switch field {
      case .layout: layout
      case .textTokens: textTokens
      default: item.member(field.rawValue)
      }
    }
  }
}
