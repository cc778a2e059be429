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

  /// Judges one look; with all rows measured there is nothing left to save.
  ///
  /// - Parameters:
  ///   - difference: The trial less the best, on the rows measured so far.
  ///   - look: Which look this is, from 1.
  ///   - rows: How many rows the whole calibration set has.
  /// - Returns: Whether to stop.
  static func isClearlyWorse(_ difference: ClusteredMean, look: Int, of rows: Int) -> Bool {
    guard difference.samples >= fewestSamples, difference.rows < rows, difference.mean < 0
    else { return false }
    let number = Double(max(look, 1))
    let allowed = risk * 6 / (Double.pi * Double.pi * number * number)
    let correction = correction(of: difference, rows: rows)
    guard let probability = difference.probabilityAboveZero(correction: correction) else {
      return false
    }
    return probability < allowed
  }

  /// The factor of the standard error for a set of which a part is known.
  ///
  /// The mean over this very set is what counts: the more of it is known, the less can still
  /// change. A sample with one of its rows measured is not known, so it is rows that are counted.
  static func correction(of difference: ClusteredMean, rows: Int) -> Double {
    let left = Double(max(rows - difference.rows, 0)) / Double(max(rows - 1, 1))
    return min(left, 1).squareRoot()
  }
}
