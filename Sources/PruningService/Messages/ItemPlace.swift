internal import TensorCoding
internal import TokenPruning

/// Where the parts of one item sit in a request, so that a fault deep in the method finds its field.
struct ItemPlace: Sendable {
  /// The item itself.
  let item: JSONPointer
  private var chosenStrategy: JSONPointer?
  private var chosenLayout: JSONPointer?
  private var chosenTextTokens: JSONPointer?
  /// The strategy that applies to the item.
  var strategy: JSONPointer {
    get { chosenStrategy ?? item.appending("strategy") }
    set { chosenStrategy = newValue }
  }
  /// Whether the strategy is given by name, so that nothing in it can be pointed at.
  var isStrategyNamed = false
  /// The layout that applies to the item.
  var layout: JSONPointer {
    get { chosenLayout ?? item.appending("layout") }
    set { chosenLayout = newValue }
  }
  /// Where the number of text tokens sits.
  var textTokens: JSONPointer {
    get { chosenTextTokens ?? item.appending("text_tokens") }
    set { chosenTextTokens = newValue }
  }

  /// An item whose settings are its own.
  ///
  /// Pointers are put together only for the problems that name them.
  init(item: JSONPointer) { self.item = item }

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
