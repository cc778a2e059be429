internal import TensorCoding
internal import TokenPruning

/// A strategy as a request gave it, and where.
struct StrategyChoice {
  /// The strategy as it was written.
  let strategy: PruningStrategy
  /// Where the request names or describes it.
  let pointer: JSONPointer
  /// Whether it is given by name, so that no field of it can be pointed at.
  let isNamed: Bool
}

extension FieldReader {
  /// The `strategy`, a name or an object, as written; another key where it is called otherwise.
  mutating func strategy(
    _ key: String = "strategy", from resolver: any StrategyResolver
  ) throws(ServiceProblem) -> StrategyChoice? {
    guard let value = value(key) else { return nil }
    let place = pointer.appending(key)
    switch value {
    case .string(let name):
      guard let named = resolver.strategy(named: name) else {
        throw ServiceProblem(
          .notFound, at: place, "there is no strategy of this name")
      }
      return StrategyChoice(strategy: named.strategy, pointer: place, isNamed: true)
    default:
      guard case .object = value else {
        throw .field(place, "must be the name of a strategy or an object")
      }
      var fields = try FieldReader(value, at: place)
      let strategy = try fields.strategyObject()
      try fields.finish()
      return StrategyChoice(strategy: strategy, pointer: place, isNamed: false)
    }
  }

  /// The members of a strategy object.
  mutating func strategyObject() throws(ServiceProblem) -> PruningStrategy {
    if let method = try string("method"), method != "vflowopt" {
      throw .field(pointer.appending("method"), "must be vflowopt")
    }
    let stages = try stages()
    return PruningStrategy(
      globalThreshold: try number("global_threshold"),
      entropyWeight: try number("entropy_weight") ?? 0,
      recycling: try choice("recycling", Recycling.wireNames) ?? .grid,
      recyclingCellSize: try number("recycling_cell_size"),
      layers: try integer("layers", in: 1...MessageLimits.maximumLayers),
      stages: stages,
      tokenBudget: try number("token_budget"),
      count: try choice("count", CountRule.wireNames) ?? .reference)
  }

  private mutating func stages() throws(ServiceProblem) -> [PruningStage] {
    guard let elements = try array("stages") else { return [] }
    guard elements.count <= MessageLimits.maximumLayers else {
      throw .field(
        pointer.appending("stages"), "must not hold more than \(MessageLimits.maximumLayers) stages"
      )
    }
    var stages: [PruningStage] = []
    for (index, element) in elements.enumerated() {
      let place = pointer.appending("stages").appending(index)
      var fields = try FieldReader(element, at: place)
      guard let layer = try fields.integer("layer", in: 0...MessageLimits.maximumLayers - 1) else {
        throw .field(place.appending("layer"), "is missing")
      }
      stages.append(PruningStage(layer: layer, retainRatio: try fields.number("retain_ratio")))
      try fields.finish()
    }
    return stages
  }

  /// One of a few words.
  mutating func choice<Value>(
    _ key: String, _ names: [(name: String, value: Value)]
  ) throws(ServiceProblem) -> Value? {
    guard let name = try string(key) else { return nil }
    guard let known = names.first(where: { $0.name == name }) else {
      let words = names.map(\.name).joined(separator: " or ")
      throw .field(pointer.appending(key), "must be \(words)")
    }
    return known.value
  }
}

extension StrategyChoice {
  /// The strategy with all ratios filled in.
  func resolved(at place: ItemPlace) throws(ServiceProblem) -> PruningStrategy {
    do throws(PruningError) {
      return try strategy.resolved()
    } catch {
      var place = place
      place.strategy = pointer
      place.isStrategyNamed = isNamed
      throw ServiceProblem(error, at: place)
    }
  }
}

extension Recycling {
  /// The words of the contract.
  static let wireNames: [(name: String, value: Recycling)] = [("grid", .grid), ("none", .none)]
}

extension CountRule {
  /// The words of the contract.
  static let wireNames: [(name: String, value: CountRule)] = [
    ("reference", .reference), ("exact", .exact),
  ]
}
