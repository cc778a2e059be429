private import Glibc

/// Draws in a long tail of bad values, so that the model can tell the good ones apart.
///
/// With t the gap to the best value in units of the median gap, the warped value is
/// -log(1 + κ t) / κ, and -t for κ = 0. Among a few κ the one is taken that makes the values look
/// most normal, by likelihood as in Box and Cox (1964). The order of values never changes.
struct OutputWarping: Sendable, Equatable {
  /// The candidates for κ.
  private static let strengths = [0, 0.3, 1, 3, 10, 30]

  /// How strongly the tail is drawn in, κ.
  let strength: Double
  private let best: Double
  private let gap: Double

  /// The warping that suits standardised values.
  init(_ values: [Double]) {
    best = values.max() ?? 0
    let gaps = values.map { [best] in best - $0 }.sorted()
    let median = gaps.isEmpty ? 0 : gaps[gaps.count / 2]
    gap = median > 1e-9 ? median : 1
    var (chosen, highest) = (0.0, -Double.infinity)
    for strength in OutputWarping.strengths {
      let likelihood = OutputWarping.likelihood(gaps.map { [gap] in $0 / gap }, strength)
      if likelihood > highest { (chosen, highest) = (strength, likelihood) }
    }
    strength = chosen
  }

  /// The logarithm of the likelihood of normal values, up to a constant.
  private static func likelihood(_ gaps: [Double], _ strength: Double) -> Double {
    let count = Double(gaps.count)
    let warped = gaps.map { strength == 0 ? $0 : log1p(strength * $0) / strength }
    let mean = warped.reduce(0, +) / count
    let variance = warped.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / count
    guard variance > 0 else { return -.infinity }
    return gaps.reduce(-count / 2 * log(variance)) { $0 - log1p(strength * $1) }
  }

  /// A value with its gap drawn in.
  func warped(_ value: Double) -> Double {
    let distance = (best - value) / gap
    return strength == 0 ? -distance : -log1p(strength * distance) / strength
  }

  /// The derivative of ``warped(_:)``.
  func slope(_ value: Double) -> Double {
    1 / (gap * (1 + strength * (best - value) / gap))
  }
}
