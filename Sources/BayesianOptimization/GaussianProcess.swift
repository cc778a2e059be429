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
  /// The variance of the noise that every value carries besides what its observation states.
  public let noiseVariance: Double
  private let space: SearchSpace
  private let surrogate: Surrogate

  init(space: SearchSpace, observations: [Observation]) throws(OptimizerError) {
    self.space = space
    surrogate = try Surrogate(space: space, observations: observations)
    lengthScales = surrogate.posterior.kernel.inverseSquares.map { 1 / $0.squareRoot() }
    noiseVariance = surrogate.scaling.natural(variance: surrogate.posterior.noise)
  }

  /// What the model expects at a point.
  ///
  /// - Parameter point: One coordinate per parameter.
  /// - Returns: The distribution of the value.
  /// - Throws: ``OptimizerError`` when the point is not in the space.
  public func predict(_ point: [Double]) throws(OptimizerError) -> Prediction {
    let belief = surrogate.posterior.beliefs(at: [space.scaled(try space.admitted(point))])[0]
    return Prediction(
      mean: surrogate.scaling.natural(belief.mean),
      variance: surrogate.scaling.natural(variance: belief.variance))
  }
}
