internal import BayesianOptimization
internal import TokenPruning

/// A study's optimiser: what has been measured becomes observations, what is open is pending.
struct StudyOptimizer {
  let study: Study
  let space: StrategySpace

  /// Suggests strategies for the trials that come next.
  ///
  /// The same trials give the same suggestions, whichever process asks.
  func suggestions(
    _ count: Int, after trials: [Trial], _ shouldStop: () -> Bool = { false }
  ) throws(CalibrationError) -> [(point: [Double], strategy: PruningStrategy)] {
    let pending = trials.filter { !$0.state.isComplete }.compactMap(\.point)
    do {
      let points = try Optimizer(space: space.searchSpace, seed: study.specification.seed).suggest(
        count: count, observations: observations(of: trials), pending: pending,
        firstIndex: study.trialCount - 1, shouldStop: shouldStop)
      return points.map { ($0, space.strategy(at: $0)) }
    } catch {
      throw Self.error(error)
    }
  }

  static func error(_ error: OptimizerError) -> CalibrationError {
    error.code == .interrupted
      ? CalibrationError(.interrupted, "the work was interrupted")
      : CalibrationError(.storeUnreadable, "the stored trials do not fit the study's space")
  }

  /// What the optimiser learns from trials with an outcome.
  ///
  /// The standard error of a measured value is no noise to the search: most of it is how far the
  /// samples differ from each other, which is the same for all trials, because all are measured on
  /// the same rows. What noise there is between trials the model finds out by itself. A stopped
  /// trial counts with the value that it would probably have, and with how uncertain its
  /// difference to the best one is; one that cannot be evaluated counts as the worst seen, so that
  /// the search moves away from it.
  func observations(of trials: [Trial]) -> [Observation] {
    var observations: [Observation] = []
    var infeasible: [[Double]] = []
    for trial in trials {
      guard let point = trial.point else { continue }
      if trial.state == .infeasible { infeasible.append(point) }
      let measured = trial.state == .stopped ? trial.estimate : trial.measurement
      guard trial.state == .succeeded || trial.state == .stopped, let measured,
        measured.isUsable
      else { continue }
      let error = trial.state == .stopped ? measured.standardError : nil
      observations.append(
        Observation(point: point, value: measured.value, noiseVariance: error.map { $0 * $0 }))
    }
    guard let worst = observations.map(\.value).min() else { return observations }
    return observations + infeasible.map { Observation(point: $0, value: worst) }
  }
}
