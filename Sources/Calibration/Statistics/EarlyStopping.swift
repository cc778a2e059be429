/// Whether a trial that is still being measured is clearly worse than the best one.
///
/// The two are compared on the rows that both have (`docs/calibration.md`). Looking again and
/// again at a growing sample finds a difference by chance sooner or later, so look `k` may spend
/// only `6 / (π² k²)` of the risk: over any number of looks it stays below ``risk`` in all.
enum EarlyStopping {
  /// The probability, over all looks, of ending a trial that is as good as the best.
  static let risk = 0.01
  /// With fewer samples nothing is clear.
  static let fewestSamples = 4

  /// Judges one look; with all samples measured there is nothing left to save.
  ///
  /// - Parameters:
  ///   - difference: The trial less the best, on the rows measured so far.
  ///   - look: Which look this is, from 1.
  ///   - samples: How many samples the whole calibration set has.
  /// - Returns: Whether to stop.
  static func isClearlyWorse(_ difference: ClusteredMean, look: Int, of samples: Int) -> Bool {
    guard difference.samples >= fewestSamples, difference.samples < samples, difference.mean < 0
    else { return false }
    // The mean over this set is what counts: the more of it is known, the less can still change.
    let left = Double(max(samples - difference.samples, 0)) / Double(max(samples - 1, 1))
    let number = Double(max(look, 1))
    let allowed = risk * 6 / (Double.pi * Double.pi * number * number)
    guard let probability = difference.probabilityAboveZero(correction: left.squareRoot()) else {
      return false
    }
    return probability < allowed
  }
}
