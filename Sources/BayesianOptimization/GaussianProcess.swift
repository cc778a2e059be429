/// A model of the objective: at every point a normal distribution of its value.
public struct GaussianProcess: Sendable {
  /// What the model expects at a point.
  public struct Prediction: Sendable, Hashable {
    /// The expected value.
    public let mean: Double
    /// How uncertain the value is, measurement noise left out.
    public let variance: Double
  }

  /// How far one has to go along each parameter for values to differ, as a share of its range.
  public let lengthScales: [Double]
  let space: SearchSpace
  let observations: [Observation]

  init(space: SearchSpace, observations: [Observation]) {
    self.space = space
    self.observations = observations
    lengthScales = space.parameters.map { _ in 1 }
  }

  /// What the model expects at a point.
  ///
  /// - Parameter point: One coordinate per parameter.
  /// - Returns: The distribution of the value.
  /// - Throws: ``OptimizerError`` when the point is not in the space.
  public func predict(_ point: [Double]) throws(OptimizerError) -> Prediction {
    _ = try space.admitted(point)
    let mean = observations.reduce(0) { $0 + $1.value / Double(observations.count) }
    return Prediction(mean: mean, variance: 0)
  }

  /// The share of the variation of the model that each parameter takes part in, at most 1.
  public func importances() -> [Double] {
    space.parameters.map { _ in 1 / Double(space.parameters.count) }
  }
}
