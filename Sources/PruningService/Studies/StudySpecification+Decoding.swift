import Calibration
import TensorCoding
import TokenPruning

extension FieldReader {
  /// A study as it is to be created.
  mutating func study(
    _ strategies: any StrategyResolver
  ) throws(ServiceProblem) -> CalibrationRequest {
    guard let name = try string("name") else { throw missing("name") }
    let id: StudyID
    do throws(CalibrationError) { id = try StudyID(name) } catch { throw ServiceProblem(error) }
    guard let layers = try integer("layers", in: 1...MessageLimits.maximumLayers) else {
      throw missing("layers")
    }
    guard let stageLayers = try integers("stage_layers") else { throw missing("stage_layers") }
    guard let budget = try number("token_budget") else { throw missing("token_budget") }
    let shape = StrategyShape(
      layers: layers, stageLayers: stageLayers, tokenBudget: budget,
      recycling: try choice("recycling", Recycling.wireNames) ?? .grid,
      count: try choice("count", CountRule.wireNames) ?? .reference)
    return .study(
      id,
      StudySpecification(
        model: try string("model"), shape: shape,
        seed: UInt64(try integer("seed", in: 0...Int.max) ?? 0),
        parameters: try parameters(),
        defaultStrategy: try strategy("default_strategy", from: strategies)?.strategy))
  }

  /// Bounds by parameter.
  private mutating func parameters() throws(ServiceProblem) -> [ParameterName: ParameterBounds] {
    guard let value = value("parameters") else { return [:] }
    let place = pointer.appending("parameters")
    var entries = try FieldReader(value, at: place)
    var parameters: [ParameterName: ParameterBounds] = [:]
    for key in entries.unreadKeys {
      guard let name = ParameterName(key) else {
        throw .field(place.appending(key), "is not the name of a parameter")
      }
      var fields = try FieldReader(entries.value(key), at: place.appending(key))
      guard let lower = try fields.number("lower") else { throw fields.missing("lower") }
      guard let upper = try fields.number("upper") else { throw fields.missing("upper") }
      parameters[name] = ParameterBounds(
        lower, upper, scale: try fields.choice("scale", ParameterBounds.Scale.wireNames) ?? .linear,
        isInteger: try fields.boolean("integer") ?? false)
      try fields.finish()
    }
    return parameters
  }
}

extension ParameterBounds.Scale {
  /// The words of the contract.
  static let wireNames: [(name: String, value: ParameterBounds.Scale)] = allCases.map {
    ($0.rawValue, $0)
  }
}
