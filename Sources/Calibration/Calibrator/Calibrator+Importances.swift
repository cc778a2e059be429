internal import BayesianOptimization

extension Calibrator {
  /// How much the objective depends on each parameter, the most important first.
  ///
  /// From a model of what was measured: the variance of its mean along one parameter, averaged over
  /// the others (a first-order Sobol index), as a share of the sum over all. A retain ratio counts
  /// by its place in the interval that the earlier ratios and the budget leave to it.
  ///
  /// - Parameters:
  ///   - id: The study.
  ///   - shouldStop: Asked now and then; true ends the call with an error.
  /// - Returns: One entry per searched parameter; all 0 where the model is flat.
  /// - Throws: ``CalibrationError/Code/nothingMeasured`` with fewer than two measured trials within
  ///   the bounds, ``CalibrationError/Code/interrupted``, ``CalibrationError/Code/studyNotFound``,
  ///   or a fault of the store.
  public func importances(
    of id: StudyID, shouldStop: () -> Bool = { false }
  ) throws(CalibrationError) -> [ParameterImportance] {
    let study = try existing(id)
    let optimizer = StudyOptimizer(study: study, space: try space(of: study))
    let shares = try optimizer.mainEffects(after: store.trials(of: study), shouldStop)
    let sum = shares.reduce(0, +)
    return zip(optimizer.space.parameters, shares).map { name, share in
      ParameterImportance(parameter: name, importance: sum > 0 ? share / sum : 0)
    }.sorted { ($1.importance, $0.parameter) < ($0.importance, $1.parameter) }
  }
}

extension StudyOptimizer {
  /// Points that stand for the space, and how many values of one parameter are tried.
  private static var basePoints: Int { 32 }
  private static var levels: Int { 12 }

  /// The variance of the model's mean along each parameter.
  fileprivate func mainEffects(
    after trials: [Trial], _ shouldStop: () -> Bool
  ) throws(CalibrationError) -> [Double] {
    let observations = observations(of: trials)
    guard observations.count >= 2 else { throw .nothingMeasured }
    do {
      let optimizer = Optimizer(space: space.searchSpace, seed: study.specification.seed)
      let model = try optimizer.fit(observations, shouldStop: shouldStop)
      // Without observations the suggestions are spread evenly.
      let points = try optimizer.suggest(
        count: Self.basePoints, observations: [], pending: [], firstIndex: 0)
      var effects: [Double] = []
      for dimension in space.parameters.indices {
        guard !shouldStop() else {
          throw CalibrationError(.interrupted, "the work was interrupted")
        }
        effects.append(try Self.effect(of: dimension, model, points))
      }
      return effects
    } catch let error as OptimizerError {
      throw Self.error(error)
    } catch let error as CalibrationError {
      throw error
    } catch {
      throw CalibrationError(.storeUnreadable, "the stored trials do not fit the study's space")
    }
  }

  private static func effect(
    of dimension: Int, _ model: GaussianProcess, _ points: [[Double]]
  ) throws(OptimizerError) -> Double {
    var means: [Double] = []
    for level in points.prefix(levels).map({ $0[dimension] }) {
      let moved = points.map { point in
        var point = point
        point[dimension] = level
        return point
      }
      means.append(try model.means(at: moved).reduce(0, +) / Double(points.count))
    }
    let mean = means.reduce(0, +) / Double(means.count)
    return means.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(means.count)
  }
}
