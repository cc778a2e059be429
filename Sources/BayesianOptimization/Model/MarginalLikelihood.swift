private import Glibc

/// How well hyperparameters explain values, and in which direction they would do so better.
///
/// Pairs of points are numbered row by row below the diagonal. One evaluation takes n³ operations
/// for n points: a factor, its inverse, and the inverse of the matrix.
struct MarginalLikelihood {
  private let count: Int
  private let values: [Double]
  private let noise: [Double]
  private let prior: HyperparameterPrior
  /// Squared differences by parameter and pair.
  private let squares: [[Double]]

  /// Prepares for points and their values.
  ///
  /// - Parameters:
  ///   - design: The points.
  ///   - values: Standardised.
  ///   - noise: The known variance of each value on the same scale.
  init(design: DesignMatrix, values: [Double], noise: [Double]) {
    count = design.count
    self.values = values
    self.noise = noise
    prior = HyperparameterPrior(dimensions: design.dimensions)
    squares = (0..<design.dimensions).map { dimension in
      let column = design.columns[dimension]
      let categorical = design.categorical[dimension]
      var pairs: [Double] = []
      pairs.reserveCapacity(column.count * column.count / 2)
      for row in column.indices {
        for other in 0..<row {
          let difference = column[row] - column[other]
          pairs.append(categorical ? (difference == 0 ? 0 : 1) : difference * difference)
        }
      }
      return pairs
    }
  }

  /// Minus the logarithm of likelihood times prior density, up to a constant.
  ///
  /// - Parameters:
  ///   - logarithms: As in ``Hyperparameters``.
  ///   - gradient: Receives the derivatives.
  ///   - shouldStop: Asked now and then.
  /// - Returns: The value; the mean of the process is integrated into it at its best.
  /// - Throws: ``OptimizerError/Code/interrupted``.
  func penalty(
    _ logarithms: [Double], gradient: inout [Double], shouldStop: () -> Bool
  ) throws(OptimizerError) -> Double {
    let hyperparameters = Hyperparameters(logarithms: logarithms)
    let kernel = hyperparameters.kernel
    var correlations = distances(kernel)
    var slopes = correlations
    Matern52.correlate(&correlations, slopes: &slopes)
    let factor = try CholeskyFactor(
      covariance: covariance(correlations, kernel.variance, hyperparameters.noise), count: count,
      stride: count, shouldStop: shouldStop)
    let trend = Trend(values: values, factor: factor)
    for index in gradient.indices { gradient[index] = 0 }
    let penalty = prior.penalty(logarithms, gradient: &gradient)
    let weights = Weights(factor: factor, residuals: trend.weights)
    addDerivatives(
      &gradient, weights, correlations, slopes, kernel, noise: hyperparameters.noise)
    return penalty + trend.misfit / 2 + factor.logDeterminant / 2
  }

  private func distances(_ kernel: Matern52) -> [Double] {
    var sums = [Double](repeating: 0, count: count * (count - 1) / 2)
    // All arrays have one number per pair.
    unsafe sums.withUnsafeMutableBufferPointer { sums in
      guard let target = sums.baseAddress else { return }
      for (dimension, weight) in kernel.inverseSquares.enumerated() {
        unsafe squares[dimension].withUnsafeBufferPointer { source in
          guard let source = source.baseAddress else { return }
          unsafe addMultiple(of: source, times: weight, to: target, sums.count)
        }
      }
    }
    return sums
  }

  private func covariance(
    _ correlations: [Double], _ variance: Double, _ fitted: Double
  ) -> [Double] {
    var matrix = [Double](repeating: 0, count: count * count)
    var pair = 0
    for row in 0..<count {
      for column in 0..<row {
        matrix[row * count + column] = variance * correlations[pair]
        pair += 1
      }
      matrix[row * count + row] = variance + fitted + noise[row]
    }
    return matrix
  }

  /// Half the trace of (αα' - K⁻¹) dK, subtracted; Rasmussen and Williams, equation 5.9.
  private func addDerivatives(
    _ gradient: inout [Double], _ weights: Weights, _ correlations: [Double],
    _ slopes: [Double], _ kernel: Matern52, noise: Double
  ) {
    let sloped = zip(weights.pairs, slopes).map { $0 * $1 }
    for (dimension, inverseSquare) in kernel.inverseSquares.enumerated() {
      gradient[dimension] -=
        kernel.variance * inverseSquare * product(sloped, squares[dimension])
    }
    let diagonal = weights.diagonal.reduce(0, +) / 2
    gradient[gradient.count - 2] -=
      kernel.variance * (product(weights.pairs, correlations) + diagonal)
    gradient[gradient.count - 1] -= noise * diagonal
  }

  private func product(_ left: [Double], _ right: [Double]) -> Double {
    // Both arrays have one number per pair.
    unsafe left.withUnsafeBufferPointer { left in
      unsafe right.withUnsafeBufferPointer { right in
        guard let from = left.baseAddress, let other = right.baseAddress else { return 0 }
        return unsafe dotProduct(from, other, left.count)
      }
    }
  }
}

/// The constant mean of a process that explains values best, and what it leaves unexplained.
struct Trend: Sendable {
  /// The mean.
  let mean: Double
  /// The inverse covariance times the values less the mean.
  let weights: [Double]
  /// The squared length of what is unexplained, and of the mean itself: its prior is standard normal.
  let misfit: Double

  /// Solves for the mean.
  init(values: [Double], factor: CholeskyFactor) {
    let white = factor.solved(values)
    let ones = factor.solved(values.map { _ in 1 })
    let along = zip(ones, white).reduce(0) { $0 + $1.0 * $1.1 }
    let length = ones.reduce(1) { $0 + $1 * $1 }
    let mean = along / length
    self.mean = mean
    let rest = zip(white, ones).map { $0 - mean * $1 }
    weights = factor.solvedTransposed(rest)
    misfit = rest.reduce(mean * mean) { $0 + $1 * $1 }
  }
}

/// αα' - K⁻¹, by pair and on the diagonal.
struct Weights {
  /// Below the diagonal, row by row.
  let pairs: [Double]
  /// On the diagonal.
  let diagonal: [Double]

  /// Inverts the matrix by way of its factor's inverse.
  ///
  /// Safety: the inverse has `padded` rows of `count` numbers, so four rows from any multiple of
  /// four are in bounds, and `pairs` has one number for each that is written.
  init(factor: CholeskyFactor, residuals: [Double]) {
    let count = factor.count
    let padded = (count + 3) & ~3
    var inverse = [Double](repeating: 0, count: padded * count + 1)
    for first in Swift.stride(from: 0, to: count, by: 4) {
      for row in first..<min(first + 4, count) { inverse[row * count + row] = 1 }
      factor.solve(tile: &inverse, at: first * count, tileStride: count, from: first)
    }
    var pairs: [Double] = []
    var diagonal: [Double] = []
    pairs.reserveCapacity(count * (count - 1) / 2)
    unsafe inverse.withUnsafeBufferPointer { inverse in
      guard let rows = inverse.baseAddress else { return }
      for row in 0..<count {
        let line = unsafe rows + row * count
        let tail = count - row
        for first in Swift.stride(from: 0, to: row, by: 4) {
          // Rows up to three beyond `row` may be read: `padded` has them.
          let (entries, _) = unsafe dotProducts(
            ofRows: rows + first * count + row, stride: count, with: line + row, and: line + row,
            tail)
          for lane in 0..<min(4, row - first) {
            pairs.append(residuals[row] * residuals[first + lane] - entries[lane])
          }
        }
        let entry = unsafe dotProduct(line + row, line + row, tail)
        diagonal.append(residuals[row] * residuals[row] - entry)
      }
    }
    self.pairs = pairs
    self.diagonal = diagonal
  }
}
