private import Glibc

/// What the marginal likelihood is maximised over, as logarithms.
struct Hyperparameters: Sendable, Equatable {
  /// The logarithms: length scales, variance of the objective, variance of the noise.
  var logarithms: [Double]

  /// Joins the parts.
  init(lengthScale: Double, dimensions: Int, variance: Double, noise: Double) {
    logarithms =
      Array(repeating: log(lengthScale), count: dimensions) + [log(variance), log(noise)]
  }

  /// From what an optimiser found.
  init(logarithms: [Double]) { self.logarithms = logarithms }

  /// The kernel they describe.
  var kernel: Matern52 {
    Matern52(
      logLengthScales: logarithms.dropLast(2), logVariance: logarithms[logarithms.count - 2])
  }

  /// The variance of the noise that every value carries.
  var noise: Double { exp(logarithms[logarithms.count - 1]) }
}

/// What is believed about hyperparameters before any value is seen.
///
/// Length scales are log-normal and grow with the root of the number of parameters (Hvarfner,
/// Hellsten and Nardi, "Vanilla Bayesian Optimization Performs Great in High Dimensions", 2024).
struct HyperparameterPrior: Sendable {
  /// The number of length scales.
  let dimensions: Int

  /// The box that hyperparameters stay in; it keeps matrices far from being singular.
  var bounds: [ClosedRange<Double>] {
    Array(repeating: log(0.01)...log(50.0), count: dimensions)
      + [log(0.05)...log(1000.0), log(1e-7)...log(2.0)]
  }

  /// Where searches for the best hyperparameters begin.
  var starts: [Hyperparameters] {
    let root = Double(dimensions).squareRoot()
    return [(0.5, 1e-4), (1.5, 1e-3), (0.15, 1e-4), (0.5, 0.1)].map { scale, noise in
      Hyperparameters(
        lengthScale: scale * root, dimensions: dimensions, variance: 1, noise: noise)
    }
  }

  /// Minus the logarithm of the density, without constants, with its derivatives added.
  func penalty(_ logarithms: [Double], gradient: inout [Double]) -> Double {
    let centre = 0.2 + log(Double(dimensions)) / 2
    var sum = 0.0
    for index in 0..<dimensions {
      sum += normal(logarithms, index, centre: centre, deviation: 1.2, &gradient)
    }
    sum += normal(logarithms, dimensions, centre: 0.5, deviation: 1.2, &gradient)
    return sum + noisePenalty(logarithms, &gradient)
  }

  private func normal(
    _ logarithms: [Double], _ index: Int, centre: Double, deviation: Double,
    _ gradient: inout [Double]
  ) -> Double {
    let score = (logarithms[index] - centre) / deviation
    gradient[index] += score / deviation
    return score * score / 2
  }

  /// Little noise is likelier than much: an exponential density of its variance, nearly flat in the
  /// logarithm below 1/30.
  private func noisePenalty(_ logarithms: [Double], _ gradient: inout [Double]) -> Double {
    let index = dimensions + 1
    let noise = exp(logarithms[index])
    gradient[index] += 30 * noise - 0.1
    return 30 * noise - 0.1 * logarithms[index]
  }
}
