internal import Glibc

/// By how much one trial is better than another on the same rows.
public struct PairedAdvantage: Sendable, Equatable {
  /// The mean difference of the values; positive where the trial is better.
  public let mean: Double
  /// Its standard error, clustered by sample; nil where there are no values by row.
  public let standardError: Double?
  /// How many samples were compared; 0 where there are no values by row.
  public let samples: Int
  /// The probability that the difference is above 0, by Student's t; nil without an error.
  ///
  /// It takes the pair as given. The best of many trials was picked because it looks good, so this
  /// is too kind to it; see ``probabilityAfterSelection``.
  public let probability: Double?
  /// A lower bound of that probability for the best of ``trials`` trials (Šidák's correction).
  public let probabilityAfterSelection: Double?
  /// How many measured trials the winner was picked from.
  public let trials: Int

  /// Compares values by row.
  init(_ difference: ClusteredMean, trials: Int) {
    mean = difference.mean
    standardError = difference.standardError
    samples = difference.samples
    probability = difference.probabilityAboveZero()
    self.trials = trials
    probabilityAfterSelection = probability.map { pow($0, Double(max(trials, 1))) }
  }

  /// Compares plain values, about whose noise nothing is known.
  init(withoutRows difference: Double, trials: Int) {
    mean = difference
    standardError = nil
    samples = 0
    probability = nil
    probabilityAfterSelection = nil
    self.trials = trials
  }
}
