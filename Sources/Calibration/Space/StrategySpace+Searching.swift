internal import BayesianOptimization

extension StrategySpace {
  /// The optimiser's view: ratios as coordinates of their intervals, the rest in natural units.
  static func searchSpace(
    of parameters: [ParameterName], _ bounds: [ParameterName: ParameterBounds]
  ) throws(CalibrationError) -> SearchSpace {
    guard !parameters.isEmpty else {
      throw .outOfRange(.parameters, "must leave at least one parameter to search")
    }
    do {
      var dimensions: [Parameter] = []
      for name in parameters {
        guard let bound = bounds[name] else { continue }
        dimensions.append(try Parameter(name.description, kind(of: name, bound)))
      }
      return try SearchSpace(dimensions)
    } catch {
      throw .outOfRange(.parameters, "must have bounds of an ordinary size")
    }
  }

  private static func kind(of name: ParameterName, _ bound: ParameterBounds) -> Parameter.Kind {
    guard name.stage == nil else { return .linear(0...1) }
    if bound.isInteger { return .integer(Int(bound.lower)...Int(bound.upper)) }
    let range = bound.lower...bound.upper
    return bound.scale == .linear ? .linear(range) : .logarithmic(range)
  }
}
