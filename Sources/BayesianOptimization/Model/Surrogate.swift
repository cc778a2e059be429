/// Observations on the model's scales, and the model fitted to them.
struct Surrogate: Sendable {
  /// The scale of values.
  let scaling: OutputScaling
  /// What was fitted.
  let hyperparameters: Hyperparameters
  /// What is known.
  let posterior: Posterior

  /// The most observations that a model is conditioned on.
  ///
  /// A posterior takes memory with the square of their number and time with the cube.
  static let largest = 1000

  /// All observations, or of too many the best quarter and then those farthest from all taken.
  ///
  /// - Parameters:
  ///   - observations: Points in the space.
  ///   - space: Where the points lie.
  ///   - largest: How many are kept at most.
  /// - Returns: What is kept, in the order given.
  static func informative(
    _ observations: [Observation], in space: SearchSpace, largest: Int = largest
  ) -> [Observation] {
    guard observations.count > largest else { return observations }
    var design = DesignMatrix(space: space)
    for observation in observations { design.append(space.scaled(observation.point)) }
    return HyperparameterFit.positions(
      design: design, values: observations.map(\.value), largest: largest
    ).map { observations[$0] }
  }

  /// Fits a model.
  ///
  /// - Parameters:
  ///   - space: Where the points lie.
  ///   - observations: At least one, points in the space.
  ///   - pending: Points that are being measured.
  ///   - spare: The number of further points that may be appended.
  ///   - warping: Whether strays are moved and a long tail of bad values is drawn in, as suits a
  ///     search.
  ///   - shouldStop: Asked now and then.
  /// - Throws: ``OptimizerError/Code/interrupted``.
  init(
    space: SearchSpace, observations: [Observation], pending: [[Double]] = [], spare: Int = 0,
    warping: Bool = false,
    shouldStop: () -> Bool = { false }
  ) throws(OptimizerError) {
    let outputs = Outputs(observations, warping: warping)
    scaling = outputs.scaling
    var design = DesignMatrix(space: space)
    for observation in observations { design.append(space.scaled(observation.point)) }
    hyperparameters = try HyperparameterFit(
      design: design, values: outputs.values, noise: outputs.variances
    ).best(shouldStop: shouldStop)
    var posterior = try Posterior(
      design: design, values: outputs.values, variances: outputs.variances,
      hyperparameters: hyperparameters, spare: pending.count + spare, shouldStop: shouldStop)
    for point in pending { posterior.append(space.scaled(point)) }
    self.posterior = posterior
  }
}

/// Values and their variances as the model sees them.
private struct Outputs {
  let scaling: OutputScaling
  let values: [Double]
  let variances: [Double]

  init(_ observations: [Observation], warping: Bool) {
    guard warping else {
      let scaling = OutputScaling(observations.map(\.value))
      self.scaling = scaling
      values = observations.map { scaling.standardized($0.value) }
      variances = observations.map { scaling.standardizedVariance($0.noiseVariance ?? 0) }
      return
    }
    let strays = StrayValues(observations.map(\.value))
    let ordinary = observations.map { max($0.value, strays.floor) }
    let scaling = OutputScaling(ordinary)
    self.scaling = scaling
    let standardized = ordinary.map(scaling.standardized)
    let warping = OutputWarping(standardized)
    let restored = OutputScaling(standardized.map(warping.warped))
    values = standardized.map { restored.standardized(warping.warped($0)) }
    variances = zip(observations, standardized).map { observation, value in
      let slope = warping.slope(value)
      let variance = scaling.standardizedVariance(observation.noiseVariance ?? 0)
      return restored.standardizedVariance(variance * slope * slope)
        + (strays.contains(observation.value) ? 1 : 0)
    }
  }
}
