private import Glibc

/// What a suggestion maximises: the logarithm of the expected improvement over the best value.
///
/// The logarithm keeps a slope where the improvement itself is too small for a number (Ament,
/// Daulton, Eriksson, Balandat and Bakshy, "Unexpected Improvements to Expected Improvement for
/// Bayesian Optimization", 2023).
struct AcquisitionFunction {
  /// What is known about the objective.
  let posterior: Posterior
  /// What is to be improved on: the most the model expects at any observed or pending point.
  ///
  /// Unlike the highest measured value it is no stroke of luck; and what a pending point will bring
  /// is no reason to ask for it again.
  let best: Double

  /// The function for the present knowledge.
  init(posterior: Posterior) {
    self.posterior = posterior
    best = posterior.expectations.max() ?? 0
  }

  /// The value of a belief.
  func value(_ belief: Posterior.Belief) -> Double {
    let deviation = belief.variance.squareRoot()
    return logImprovement((belief.mean - best) / deviation).value + log(deviation)
  }

  /// The value at a point and its derivatives.
  func slope(at point: [Double]) -> (value: Double, slope: [Double]) {
    let (belief, meanSlope, varianceSlope) = posterior.slope(at: point)
    let deviation = belief.variance.squareRoot()
    let score = (belief.mean - best) / deviation
    let (value, ratio) = logImprovement(score)
    let slope = zip(meanSlope, varianceSlope).map { meanSlope, varianceSlope in
      let deviationSlope = varianceSlope / (2 * deviation)
      return (ratio * (meanSlope - score * deviationSlope) + deviationSlope) / deviation
    }
    return (value + log(deviation), slope)
  }
}

/// The logarithm of φ(z) + z Φ(z), the expected excess of a standard normal number over -z, and its
/// derivative Φ(z) / (φ(z) + z Φ(z)).
func logImprovement(_ score: Double) -> (value: Double, slope: Double) {
  let logDensity = -score * score / 2 - 0.918_938_533_204_672_74
  guard score < -10 else {
    let density = exp(logDensity)
    let probability = erfc(-score * 0.5.squareRoot()) / 2
    let improvement = density + score * probability
    return (log(improvement), probability / improvement)
  }
  // Asymptotic series of Mills' ratio: the terms shrink as long as 2k + 1 < z².
  let inverse = 1 / (score * score)
  var (term, probability, improvement) = (1.0, 0.0, 0.0)
  for order in 0..<16 {
    probability += term
    term *= -Double(2 * order + 1) * inverse
    improvement -= term
  }
  // Φ = φ / |z| * probability, and φ + z Φ = φ * improvement.
  return (logDensity + log(improvement), probability / (-score * improvement))
}
