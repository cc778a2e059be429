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
  /// A stopped trial counts with the value that it would probably have; one that cannot be
  /// evaluated counts as the worst seen, so that the search moves away from it.
  func observations(of trials: [Trial]) -> [Observation] {
    var observations: [Observation] = []
    var infeasible: [[Double]] = []
    for trial in trials {
      guard let point = trial.point else { continue }
      if trial.state == .infeasible { infeasible.append(point) }
      let measured = trial.state == .stopped ? trial.estimate : trial.measurement
      guard trial.state == .succeeded || trial.state == .stopped, let measured else { continue }
      observations.append(
        Observation(
          point: point, value: measured.value,
          noiseVariance: measured.standardError.map { $0 * $0 }))
    }
    guard let worst = observations.map(\.value).min() else { return observations }
    return observations + infeasible.map { Observation(point: $0, value: worst) }
  }
}
