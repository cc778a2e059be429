internal import Glibc

/// Whether a trial that is still being measured is not worth measuring to its end.
///
/// It is compared with the best one on the rows that both have (`docs/calibration.md`), and ended
/// when it is clearly not better by a ``margin``: a search makes many trials that are as good as
/// the best, and to find out by how little they differ takes all rows of each. Looking again and
/// again at a growing sample finds a difference by chance sooner or later, so the ``risk`` is spent
/// as rows come in, after Lan and DeMets (1983) and Pocock (1977): by a share `f` of the rows,
/// `ln(1 + (e - 1) f)` of it, however many looks that took.
enum EarlyStopping {
  /// The probability, over all looks, of ending a trial that is better by just the margin.
  static let risk = 0.1
  /// What an advantage has to be to matter, in standard errors of the best trial's own value.
  static let margin = 0.1
  /// With fewer samples nothing is clear.
  static let fewestSamples = 4

  /// Judges one look; with all rows measured there is nothing left to save.
  ///
  /// - Parameters:
  ///   - difference: The trial less the best, on the rows measured so far.
  ///   - earlier: How many rows the look before saw; 0 for the first.
  ///   - rows: How many rows the whole calibration set has.
  ///   - margin: The advantage that matters.
  /// - Returns: Whether to stop.
  static func isHopeless(
    _ difference: ClusteredMean, after earlier: Int, of rows: Int, margin: Double
  ) -> Bool {
    guard difference.samples >= fewestSamples, difference.rows < rows,
      difference.mean < margin
    else { return false }
    let allowed = spent(difference.rows, of: rows) - spent(earlier, of: rows)
    let correction = correction(of: difference, rows: rows)
    guard let probability = difference.probabilityAbove(margin, correction: correction) else {
      return false
    }
    return probability < allowed
  }

  /// How much of the risk may be spent when so many rows are known.
  private static func spent(_ known: Int, of rows: Int) -> Double {
    let share = min(Double(known) / Double(max(rows, 1)), 1)
    return risk * log(1 + (M_E - 1) * share)
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
