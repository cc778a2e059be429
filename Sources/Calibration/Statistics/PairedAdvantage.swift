internal import Glibc

/// By how much one trial is better than another on the same rows.
public struct PairedAdvantage: Sendable, Equatable {
  /// The mean difference of the values; positive where the trial is better.
  public let mean: Double
  /// Its standard error, clustered by sample, or from the errors that were told; nil where there
  /// is neither.
  public let standardError: Double?
  /// How many samples were compared; 0 where there are no values by row.
  public let samples: Int
  /// The probability that the difference is above 0, by Student's t, or by the normal distribution
  /// where errors were told; nil without an error.
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

  /// Compares plain values, by the errors that were told with them.
  ///
  /// Nothing is known about what the two have in common, so their errors are taken for
  /// independent; where one is missing nothing can be said.
  init(_ value: Measurement, over base: Measurement, trials: Int) {
    mean = value.value - base.value
    samples = 0
    self.trials = trials
    guard let own = value.standardError, let other = base.standardError else {
      standardError = nil
      probability = nil
      probabilityAfterSelection = nil
      return
    }
    let error = hypot(own, other)
    let resolution = max(abs(value.value), abs(base.value)) * 0x1p-23
    let score = mean == 0 ? 0 : mean / max(error, resolution)
    standardError = error
    let probability = 0.5 * erfc(-score / 2.0.squareRoot())
    self.probability = probability
    probabilityAfterSelection = pow(probability, Double(max(trials, 1)))
  }
}
