/// What is known about the objective, on the standardised scale.
struct Posterior: Sendable {
  /// Mean and variance of the objective at a point.
  struct Belief: Sendable, Equatable {
    var mean: Double
    var variance: Double
  }

  /// The kernel with its hyperparameters.
  let kernel: Matern52
  /// The variance of the noise that every value carries besides what is known.
  let noise: Double
  /// The mean of the objective far from all points.
  let trend: Double
  /// What the model expects at each observed point, and at those appended.
  private(set) var expectations: [Double]
  private(set) var design: DesignMatrix
  private var factor: CholeskyFactor
  /// The inverse covariance times the residuals; zero for points without a value.
  private var weights: [Double]

  /// Conditions on values.
  ///
  /// - Parameters:
  ///   - design: At least one point.
  ///   - values: Standardised.
  ///   - variances: The known variance of each.
  ///   - hyperparameters: What was fitted.
  ///   - spare: The number of points that may be appended.
  ///   - shouldStop: Asked now and then.
  /// - Throws: ``OptimizerError/Code/interrupted``.
  init(
    design: DesignMatrix, values: [Double], variances: [Double],
    hyperparameters: Hyperparameters, spare: Int = 0, shouldStop: () -> Bool = { false }
  ) throws(OptimizerError) {
    kernel = hyperparameters.kernel
    noise = hyperparameters.noise
    self.design = design
    let stride = design.count + spare
    let covariance = try Posterior.covariance(
      design, kernel, variances.map { $0 + hyperparameters.noise }, stride, shouldStop)
    factor = try CholeskyFactor(
      covariance: covariance, count: design.count, stride: stride, shouldStop: shouldStop)
    let trend = Trend(values: values, factor: factor)
    self.trend = trend.mean
    weights = trend.weights
    // The covariance times the weights gives the values back, less what noise explains.
    expectations = values.indices.map {
      values[$0] - (variances[$0] + hyperparameters.noise) * trend.weights[$0]
    }
  }

  private static func covariance(
    _ design: DesignMatrix, _ kernel: Matern52, _ diagonal: [Double], _ stride: Int,
    _ shouldStop: () -> Bool
  ) throws(OptimizerError) -> [Double] {
    var matrix: [Double] = []
    matrix.reserveCapacity(design.count * stride)
    var line = [Double](repeating: 0, count: design.count)
    var slopes = line
    for row in 0..<design.count {
      if row & 15 == 0, shouldStop() { throw .interrupted }
      kernel.squaredDistances(from: design.point(row), to: design, into: &line)
      Matern52.correlate(&line, slopes: &slopes)
      for column in 0..<row { matrix.append(kernel.variance * line[column]) }
      matrix.append(kernel.variance + diagonal[row])
      matrix.append(contentsOf: repeatElement(0, count: stride - row - 1))
    }
    return matrix
  }

  /// What is known at each of some points.
  func beliefs(at points: [[Double]]) -> [Belief] {
    var beliefs: [Belief] = []
    beliefs.reserveCapacity(points.count)
    let count = design.count
    var tile = [Double](repeating: 0, count: 4 * count)
    var line = [Double](repeating: 0, count: count)
    var slopes = line
    for first in Swift.stride(from: 0, to: points.count, by: 4) {
      let group = points[first..<min(first + 4, points.count)]
      var means: [Double] = []
      for (row, point) in group.enumerated() {
        covariances(with: point, into: &line, slopes: &slopes)
        means.append(trend + product(line, weights, 0, count))
        for index in 0..<count { tile[row * count + index] = line[index] }
      }
      factor.solve(tile: &tile, tileStride: count)
      for (row, mean) in means.enumerated() {
        let explained = product(tile, tile, row * count, count)
        beliefs.append(Belief(mean: mean, variance: floored(kernel.variance - explained)))
      }
    }
    return beliefs
  }

  /// Only the means, which take one product each.
  func means(at points: [[Double]]) -> [Double] {
    var line = [Double](repeating: 0, count: design.count)
    var slopes = line
    return points.map { point in
      covariances(with: point, into: &line, slopes: &slopes)
      return trend + product(line, weights, 0, design.count)
    }
  }

  /// What is known at a point, and how that changes with its coordinates.
  func slope(
    at point: [Double]
  ) -> (belief: Belief, meanSlope: [Double], varianceSlope: [Double]) {
    let count = design.count
    var line = [Double](repeating: 0, count: count)
    var slopes = line
    covariances(with: point, into: &line, slopes: &slopes)
    let white = factor.solved(line)
    let shares = factor.solvedTransposed(white)
    let explained = product(white, white, 0, count)
    let belief = Belief(
      mean: trend + product(line, weights, 0, count),
      variance: floored(kernel.variance - explained))
    var meanSlope = [Double](repeating: 0, count: point.count)
    var varianceSlope = meanSlope
    let meanFactors = zip(weights, slopes).map { $0 * $1 }
    let varianceFactors = zip(shares, slopes).map { $0 * $1 }
    for dimension in point.indices where !design.categorical[dimension] {
      let column = design.columns[dimension].map { point[dimension] - $0 }
      let scale = -kernel.variance * kernel.inverseSquares[dimension]
      meanSlope[dimension] = scale * product(meanFactors, column, 0, count)
      varianceSlope[dimension] = -2 * scale * product(varianceFactors, column, 0, count)
    }
    return (belief, meanSlope, varianceSlope)
  }

  /// Assumes that a point was measured and gave what was expected there.
  ///
  /// The mean stays as it is everywhere; the variance shrinks around the point (the kriging believer
  /// of Ginsbourger, Le Riche and Carraro, 2010).
  mutating func append(_ point: [Double]) {
    var line = [Double](repeating: 0, count: design.count)
    var slopes = line
    covariances(with: point, into: &line, slopes: &slopes)
    factor.append(solvedRow: factor.solved(line), variance: kernel.variance + noise)
    expectations.append(trend + product(line, weights, 0, line.count))
    design.append(point)
    weights.append(0)
  }

  private func covariances(
    with point: [Double], into line: inout [Double], slopes: inout [Double]
  ) {
    kernel.squaredDistances(from: point, to: design, into: &line)
    Matern52.correlate(&line, slopes: &slopes)
    for index in line.indices { line[index] *= kernel.variance }
  }

  private func floored(_ variance: Double) -> Double { max(variance, 1e-12 * kernel.variance) }

  private func product(
    _ left: [Double], _ right: [Double], _ offset: Int, _ count: Int
  ) -> Double {
    precondition(left.count >= offset + count && right.count >= count, "both are complete")
    let other = right.count >= offset + count && left.count == right.count ? offset : 0
    // In bounds by the precondition.
    return unsafe left.withUnsafeBufferPointer { left in
      unsafe right.withUnsafeBufferPointer { right in
        guard let from = left.baseAddress, let with = right.baseAddress else { return 0 }
        return unsafe dotProduct(from + offset, with + other, count)
      }
    }
  }
}
