public import Tensors
internal import TokenPruning

extension Calibrator {
  /// Creates a study, with the default strategy as its first trial.
  ///
  /// - Parameters:
  ///   - id: The name.
  ///   - specification: What to search.
  /// - Returns: The study, with its default strategy filled in.
  /// - Throws: ``CalibrationError/Code/valueOutOfRange``,
  ///   ``CalibrationError/Code/budgetInfeasible``, ``CalibrationError/Code/invalidStrategy``,
  ///   ``CalibrationError/Code/studyExists``, ``CalibrationError/Code/limitReached``, or a fault of
  ///   the store.
  public func createStudy(
    _ id: StudyID, _ specification: StudySpecification
  ) throws(CalibrationError) -> Study {
    if let model = specification.model { try checkText(model, .model) }
    let space = try StrategySpace(specification.shape, overrides: specification.parameters)
    var specification = specification
    let strategy = try defaultStrategy(specification, in: space)
    specification.defaultStrategy = strategy
    guard try store.study(id) == nil else { throw .studyExists }
    guard try store.census().studies < limits.studies else {
      throw CalibrationError(.limitReached, "the store holds as many studies as it may")
    }
    let trial = Trial(
      id: TrialID(number: 1), strategy: strategy, origin: .defaultStrategy, createdAt: now,
      state: .requested, reports: 0, point: space.point(of: strategy), revision: 1)
    let study = Study(
      id: id, specification: specification, createdAt: now, state: .active, trialCount: 1,
      serial: 0, revision: 1)
    return try store.insert(study, trials: [trial])
  }

  private func defaultStrategy(
    _ specification: StudySpecification, in space: StrategySpace
  ) throws(CalibrationError) -> PruningStrategy {
    guard let given = specification.defaultStrategy else {
      return DefaultBounds.strategy(in: space)
    }
    do { return try specification.shape.resolved(given) } catch {
      var error = error
      error.field = .defaultStrategy
      throw error
    }
  }

  /// The search space of a study: its parameters and bounds.
  public func space(of study: Study) throws(CalibrationError) -> StrategySpace {
    try StrategySpace(study.specification.shape, overrides: study.specification.parameters)
  }

  /// All studies, by name.
  public func studies() throws(CalibrationError) -> [Study] { try store.studies() }

  /// How much the store holds.
  public func census() throws(CalibrationError) -> StoreCensus { try store.census() }

  /// One study.
  public func study(_ id: StudyID) throws(CalibrationError) -> Study { try existing(id) }

  /// Deletes a study with its trials; what it published stays.
  public func deleteStudy(_ id: StudyID) throws(CalibrationError) {
    let study = try existing(id)
    guard try store.delete(study) else { throw .studyNotFound }
    forgetGate(of: study)
  }

  /// Ends the search: no trial is added any more, outcomes of open ones are still taken.
  ///
  /// - Parameter id: The study; one that is completed already stays so.
  /// - Returns: The study.
  /// - Throws: ``CalibrationError/Code/studyNotFound``, or a fault of the store.
  @discardableResult
  public func completeStudy(_ id: StudyID) throws(CalibrationError) -> Study {
    try retrying { () throws(CalibrationError) in
      var study = try existing(id)
      guard study.state == .active else { return study }
      study.state = .completed
      guard try store.replace(study, baseline: nil) else { return nil }
      study.revision += 1
      return study
    }
  }

  /// Tells a study its calibration set, once: the last token's final hidden states without pruning,
  /// the samples that they belong to, or both.
  ///
  /// With vectors the service computes every trial's similarities. With sample names alone it keeps
  /// the values by row that clients compute.
  ///
  /// - Parameters:
  ///   - id: The study.
  ///   - lastToken: `[rows,hidden]`, F32, F16 or BF16, finite.
  ///   - sampleIDs: The sample of each row; rows of one sample are not taken for independent.
  /// - Returns: The study. Repeating the same baseline changes nothing.
  /// - Throws: ``CalibrationError/Code/baselineConflict`` for another baseline,
  ///   ``CalibrationError/Code/shapeMismatch``, ``CalibrationError/Code/unsupportedDType``,
  ///   ``CalibrationError/Code/nonFiniteValue``, ``CalibrationError/Code/missingValue``,
  ///   ``CalibrationError/Code/studyNotFound``, or a fault of the store.
  @discardableResult
  public func putBaseline(
    _ id: StudyID, lastToken: Tensor?, sampleIDs: [String]?
  ) throws(CalibrationError) -> Study {
    try checkSamples(sampleIDs ?? [])
    let baseline = try Baseline(lastToken: lastToken, sampleIDs: sampleIDs, limits: limits)
    return try retrying { () throws(CalibrationError) in
      var study = try existing(id)
      if let known = study.calibrationSet {
        guard known == baseline.set else {
          throw CalibrationError(.baselineConflict, "the study has another baseline already")
        }
        return study
      }
      study.calibrationSet = baseline.set
      guard try store.replace(study, baseline: baseline.vectors) else { return nil }
      study.revision += 1
      return study
    }
  }

  private func checkSamples(_ names: [String]) throws(CalibrationError) {
    for (index, name) in names.enumerated() {
      do { try checkText(name, .sampleIDs) } catch {
        var error = error
        error.index = index
        throw error
      }
    }
  }
}
