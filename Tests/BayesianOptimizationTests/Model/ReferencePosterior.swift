@testable import BayesianOptimization

/// Three points in the plane whose posterior was computed with 40 digits.
struct ReferencePosterior {
  let design: DesignMatrix
  let values = [0.5, -1.25, 0.75]
  let variances = [0, 0.04, 0]
  /// Length scales 0.4 and 0.8, variance 1.5, noise 0.01.
  let hyperparameters = Hyperparameters(
    logarithms: [
      -0.916_290_731_874_155_1, -0.223_143_551_314_209_76, 0.405_465_108_108_164_4,
      -4.605_170_185_988_091,
    ])

  init() throws {
    let space = try SearchSpace((0..<2).map { try Parameter("\($0)", .linear(0...1)) })
    var design = DesignMatrix(space: space)
    for point in [[0.1, 0.2], [0.5, 0.9], [0.8, 0.3]] { design.append(point) }
    self.design = design
  }

  func posterior(spare: Int = 0) throws(OptimizerError) -> Posterior {
    try Posterior(
      design: design, values: values, variances: variances, hyperparameters: hyperparameters,
      spare: spare)
  }
}
