/// Finds the hyperparameters that explain values best, within bounded time.
///
/// Up to `largest` points are used: of more, the best quarter and then those farthest from all that
/// were taken. A fit is cubic in their number, and what 100 points say about length scales a thousand
/// say hardly better.
struct HyperparameterFit {
  /// The most points a fit looks at.
  static let largest = 100

  private let likelihood: MarginalLikelihood
  private let prior: HyperparameterPrior
  private let count: Int

  /// Prepares a fit.
  ///
  /// - Parameters:
  ///   - design: At least one point.
  ///   - values: Standardised.
  ///   - noise: The known variance of each.
  init(design: DesignMatrix, values: [Double], noise: [Double]) {
    let chosen = HyperparameterFit.positions(design: design, values: values)
    count = chosen.count
    prior = HyperparameterPrior(dimensions: design.dimensions)
    likelihood = MarginalLikelihood(
      design: design.selecting(chosen), values: chosen.map { values[$0] },
      noise: chosen.map { noise[$0] })
  }

  /// The best hyperparameters found from several starts.
  func best(shouldStop: () -> Bool) throws(OptimizerError) -> Hyperparameters {
    let effort = effort
    let minimizer = BoxMinimizer(bounds: prior.bounds, iterations: effort.iterations)
    var best: BoxMinimizer.Place?
    for start in prior.starts.prefix(effort.starts) {
      let place = try minimizer.minimize(from: start.logarithms) {
        (point, gradient) throws(OptimizerError) in
        if shouldStop() { throw .interrupted }
        return try likelihood.penalty(point, gradient: &gradient, shouldStop: shouldStop)
      }
      if place.value < (best?.value ?? .infinity) { best = place }
    }
    return Hyperparameters(logarithms: best?.point ?? prior.starts[0].logarithms)
  }

  private var effort: (starts: Int, iterations: Int) {
    switch count {
    case ...40: (4, 50)
    case ...80: (3, 30)
    default: (2, 12)
    }
  }

  /// The points to look at: all, or the best quarter and then the most remote.
  static func positions(
    design: DesignMatrix, values: [Double], largest: Int = largest
  ) -> [Int] {
    guard design.count > largest else { return Array(0..<design.count) }
    let ranked = (0..<design.count).sorted { (values[$0], $1) > (values[$1], $0) }
    var chosen = Array(ranked.prefix(largest / 4))
    var distances = [Double](repeating: .infinity, count: design.count)
    for position in chosen { shorten(&distances, design, to: position) }
    while chosen.count < largest {
      // The first of equals: the choice must not depend on anything but the data.
      var farthest = 0
      for index in distances.indices where distances[index] > distances[farthest] {
        farthest = index
      }
      chosen.append(farthest)
      shorten(&distances, design, to: farthest)
    }
    return chosen.sorted()
  }

  private static func shorten(
    _ distances: inout [Double], _ design: DesignMatrix, to position: Int
  ) {
    let kernel = Matern52(
      logLengthScales: Array(repeating: 0, count: design.dimensions)[...], logVariance: 0)
    var fresh = distances
    kernel.squaredDistances(from: design.point(position), to: design, into: &fresh)
    for index in distances.indices { distances[index] = min(distances[index], fresh[index]) }
    distances[position] = -1
  }
}
