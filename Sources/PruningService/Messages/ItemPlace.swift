internal import TensorCoding
internal import TokenPruning

/// Where the parts of one item sit in a request, so that a fault deep in the method finds its field.
struct ItemPlace: Sendable {
  /// The item itself.
  let item: JSONPointer
  /// The strategy that applies to the item.
  var strategy: JSONPointer
  /// Whether the strategy is given by name, so that nothing in it can be pointed at.
  var isStrategyNamed: Bool
  /// The layout that applies to the item.
  var layout: JSONPointer
  /// Where the number of text tokens sits.
  var textTokens: JSONPointer

  /// An item whose settings are its own.
  init(item: JSONPointer) {
    self.item = item
    strategy = item.appending("strategy")
    isStrategyNamed = false
    layout = item.appending("layout")
    textTokens = item.appending("text_tokens")
  }

  /// The request's defaults, which belong to no item.
  static let defaults = ItemPlace(item: .root)

  /// The place of a tensor.
  func pointer(to tensor: TensorName) -> JSONPointer { item.appending(tensor.rawValue) }

  /// The place of a setting; `stage` is the stage that it belongs to, if any.
  func pointer(to field: PruningField, stage: Int?) -> JSONPointer {
    switch field.owner {
    case .strategy where isStrategyNamed: strategy
    case .strategy:
      if let stage, field == .layer || field == .retainRatio {
        strategy.appending("stages").appending(stage).appending(field.rawValue)
      } else {
        strategy.appending(field.rawValue)
      }
    case .layout: layout.appending(field.rawValue)
    case .model: JSONPointer.root.appending("model").appending(field.rawValue)
    case .item:
      switch field {
      case .layout: layout
      case .textTokens: textTokens
      default: item.appending(field.rawValue)
      }
    }
  }
}
