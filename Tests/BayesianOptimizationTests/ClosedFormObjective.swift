import Glibc
import Testing

@testable import BayesianOptimization

/// A standard function to be maximised, with its optimum.
struct ClosedFormObjective: Sendable, CustomTestStringConvertible {
  let testDescription: String
  let bounds: [ClosedRange<Double>]
  let optimum: Double
  let value: @Sendable ([Double]) -> Double

  /// Three equal optima.
  static let branin = ClosedFormObjective(
    testDescription: "Branin", bounds: [-5...10, 0...15], optimum: -0.397_887_357_729_738_16
  ) { point in
    let (a, b) = (point[0], point[1])
    let bowl = b - 5.1 / (4 * .pi * .pi) * a * a + 5 / .pi * a - 6
    return -(bowl * bowl + 10 * (1 - 1 / (8 * .pi)) * cos(a) + 10)
  }

  /// Four bumps in six dimensions.
  static let hartmann6 = ClosedFormObjective(
    testDescription: "Hartmann 6", bounds: Array(repeating: 0...1, count: 6),
    optimum: 3.322_368_011_415_51
  ) { point in
    let heights = [1.0, 1.2, 3, 3.2]
    let widths: [[Double]] = [
      [10, 3, 17, 3.5, 1.7, 8], [0.05, 10, 17, 0.1, 8, 14], [3, 3.5, 1.7, 10, 17, 8],
      [17, 8, 0.05, 10, 0.1, 14],
    ]
    let centers: [[Double]] = [
      [0.1312, 0.1696, 0.5569, 0.0124, 0.8283, 0.5886],
      [0.2329, 0.4135, 0.8307, 0.3736, 0.1004, 0.9991],
      [0.2348, 0.1451, 0.3522, 0.2883, 0.3047, 0.6650],
      [0.4047, 0.8828, 0.8732, 0.5743, 0.1091, 0.0381],
    ]
    return heights.indices.reduce(0) { sum, bump in
      let exponent = point.indices.reduce(0.0) { exponent, index in
        let offset = point[index] - centers[bump][index]
        return exponent + widths[bump][index] * offset * offset
      }
      return sum + heights[bump] * exp(-exponent)
    }
  }

  /// A curved valley whose walls are six decades high.
  static let rosenbrock4 = ClosedFormObjective(
    testDescription: "Rosenbrock 4", bounds: Array(repeating: -5...10, count: 4), optimum: 0
  ) { point in
    -zip(point, point.dropFirst()).reduce(0) { sum, pair in
      let bend = pair.1 - pair.0 * pair.0
      return sum + 100 * bend * bend + (1 - pair.0) * (1 - pair.0)
    }
  }

  /// The objective of the reference optimiser's trace: r1, r2, threshold, cell size, entropy weight.
  static let strategy = ClosedFormObjective(
    testDescription: "strategy",
    bounds: [0.25...0.375, 0.533_333_333_333_333_3...1, 0...50, 3...24, -1...1], optimum: 30
  ) { point in
    let scores = [
      (point[0] - 0.285) / 0.08, (point[1] - 0.83) / 0.35, (log1p(point[2]) - 3.2) / 1.2,
      (point[3] - 12.5) / 9, (point[4] - 0.15) / 0.8,
    ]
    return 30 * (0.55 + 0.45 * exp(-0.5 * scores.reduce(0) { $0 + $1 * $1 }))
  }

  /// Optimum less the best of `evaluations` values, by seed.
  func regrets(seeds: Range<UInt64>, evaluations: Int = 50) throws -> [Double] {
    let space = try SearchSpace(
      bounds.enumerated().map { try Parameter("x\($0.offset)", .linear($0.element)) })
    return try seeds.map { seed in
      let optimizer = Optimizer(space: space, seed: seed)
      var observations: [Observation] = []
      for index in 0..<evaluations {
        let point = try optimizer.suggest(
          count: 1, observations: observations, pending: [], firstIndex: index)[0]
        observations.append(Observation(point: point, value: value(point)))
      }
      return optimum - (observations.map(\.value).max() ?? -.infinity)
    }.sorted()
  }
}
