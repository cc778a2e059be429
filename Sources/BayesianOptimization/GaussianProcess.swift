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

  init(
    space: SearchSpace, observations: [Observation], shouldStop: () -> Bool
  ) throws(OptimizerError) {
    self.space = space
    surrogate = try Surrogate(
      space: space, observations: Surrogate.informative(observations, in: space),
      shouldStop: shouldStop)
    lengthScales = surrogate.posterior.kernel.inverseSquares.map { 1 / $0.squareRoot() }
    noiseVariance = surrogate.scaling.naturalVariance(surrogate.posterior.noise)
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
      variance: surrogate.scaling.naturalVariance(belief.variance))
  }

  /// The expected values at many points, for much less than as many predictions.
  ///
  /// - Parameter points: One coordinate per parameter each.
  /// - Returns: One value per point.
  /// - Throws: ``OptimizerError`` when a point is not in the space.
  public func means(at points: [[Double]]) throws(OptimizerError) -> [Double] {
    var scaled: [[Double]] = []
    for point in points { scaled.append(space.scaled(try space.admitted(point))) }
    return surrogate.posterior.means(at: scaled).map(surrogate.scaling.natural)
  }

  /// The share of the model's variation that each parameter takes part in, 0...1.
  ///
  /// Total-effect indices by Jansen's estimator (1999) on a fixed quasi-random sample. They add up to
  /// more than 1 where parameters work together, and are 0 where the model is flat.
  public func importances() -> [Double] {
    let (size, count) = (256, space.parameters.count)
    let sequence = QuasiRandomSequence(dimensions: 2 * count, seed: 0)
    let shares = (0..<size).map { sequence.point(at: $0) }
    let bases = means(shares.map { Array($0.prefix(count)) })
    let mean = bases.reduce(0, +) / Double(size)
    let variance = bases.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
    // Far below the standardised values' variance of 1 there is nothing but rounding.
    guard variance > 1e-12 * Double(size) else { return Array(repeating: 0, count: count) }
    return (0..<count).map { parameter in
      let changed = means(
        shares.map { share in
          var point = Array(share.prefix(count))
          point[parameter] = share[count + parameter]
          return point
        })
      let sum = zip(bases, changed).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }
      return min(sum / (2 * variance), 1)
    }
  }

  private func means(_ shares: [[Double]]) -> [Double] {
    surrogate.posterior.means(at: shares.map { space.scaled(space.point(atShares: $0)) })
  }
}
