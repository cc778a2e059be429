extension Calibrator {
  /// All trials of a study, by number; a trial whose lease ran out is shown as requested.
  public func trials(of id: StudyID) throws(CalibrationError) -> [Trial] {
    let now = now
    return try store.trials(of: existing(id)).map { $0.seen(at: now) }
  }

  /// Some trials of a study, by number.
  ///
  /// - Parameters:
  ///   - id: The study.
  ///   - number: The number before the first one that is wanted.
  ///   - limit: The most trials to answer.
  /// - Returns: The trials; one whose lease ran out is shown as requested.
  /// - Throws: ``CalibrationError/Code/studyNotFound``, or a fault of the store.
  public func trials(
    of id: StudyID, after number: Int, limit: Int
  ) throws(CalibrationError) -> [Trial] {
    let now = now
    return try store.trials(of: existing(id), after: number, limit: limit)
      .map { $0.seen(at: now) }
  }

  /// One trial.
  public func trial(_ number: TrialID, of id: StudyID) throws(CalibrationError) -> Trial {
    try existing(number, of: existing(id)).seen(at: now)
  }

  /// One trial with its values by row.
  public func record(of number: TrialID, in id: StudyID) throws(CalibrationError) -> TrialRecord {
    let found = try store.records(of: existing(id), after: number.number - 1, limit: 1).first
    guard let found, found.trial.id == number else { throw .trialNotFound }
    return found.seen(at: now)
  }

  /// The best trial so far, the same until the next outcome comes in.
  ///
  /// - Parameter id: The study.
  /// - Returns: The trial, with its advantage over the default strategy.
  /// - Throws: ``CalibrationError/Code/nothingMeasured``, ``CalibrationError/Code/studyNotFound``,
  ///   or a fault of the store.
  public func best(of id: StudyID) throws(CalibrationError) -> BestTrial {
    let study = try existing(id)
    let trials = try store.trials(of: study)
    guard let best = BestTrial.first(of: trials) else { throw .nothingMeasured }
    return try comparison(of: best, study, trials)
  }

  /// Any measured trial, compared with the default strategy like the best one.
  func comparison(
    of trial: Trial, _ study: Study, _ trials: [Trial]
  ) throws(CalibrationError) -> BestTrial {
    guard let first = trials.first else {
      throw CalibrationError(.storeUnreadable, "the study has lost its first trial")
    }
    let rivals = trials.count { ($0.state == .succeeded || $0.state == .stopped) && $0 != first }
    return BestTrial(
      trial: trial, defaultTrial: first,
      advantage: try advantage(of: trial, over: first, rivals: rivals, study),
      measured: rivals + (first.state == .succeeded ? 1 : 0))
  }

  private func advantage(
    of trial: Trial, over first: Trial, rivals: Int, _ study: Study
  ) throws(CalibrationError) -> PairedAdvantage? {
    guard first.state == .succeeded, let base = first.measurement, let own = trial.measurement
    else { return nil }
    guard base.rows != nil, base.rows == own.rows, trial.id != first.id,
      let values = try store.rowValues(of: trial.id, in: study),
      let defaults = try store.rowValues(of: first.id, in: study)
    else { return PairedAdvantage(own, over: base, trials: rivals) }
    return PairedAdvantage(
      values.difference(to: defaults, clusters: clusters(of: study)), trials: rivals)
  }

  /// The measured trials in the order in which their outcomes came in.
  public func history(of id: StudyID) throws(CalibrationError) -> [HistoryEntry] {
    let trials = try store.trials(of: existing(id)).filter { $0.state == .succeeded }
    let ordered = trials.sorted {
      ($0.completedAt ?? $0.createdAt, $0.id) < ($1.completedAt ?? $1.createdAt, $1.id)
    }
    var best: (id: TrialID, value: Double)?
    return ordered.compactMap { trial in
      guard let value = trial.measurement?.value else { return nil }
      if best.map({ value > $0.value }) ?? true { best = (trial.id, value) }
      return best.map { HistoryEntry(trial: trial, best: $0.id, bestValue: $0.value) }
    }
  }

  /// The best trials of all studies that can be compared with one, by budget.
  ///
  /// Those are the studies of the same model label and the same baseline, whatever their budgets:
  /// a study has one budget. A study with neither label nor baseline stands alone.
  ///
  /// - Parameter id: The study.
  /// - Returns: One point per study with a measured trial.
  /// - Throws: ``CalibrationError/Code/studyNotFound``, or a fault of the store.
  public func pareto(of id: StudyID) throws(CalibrationError) -> [ParetoPoint] {
    let study = try existing(id)
    var points: [(study: Study, trial: Trial, value: Double)] = []
    for other in try store.studies() where other.isComparable(with: study) {
      guard let best = BestTrial.first(of: try store.trials(of: other)),
        let value = best.measurement?.value
      else { continue }
      points.append((other, best, value))
    }
    points.sort {
      let budgets = (
        $0.study.specification.shape.tokenBudget, $1.study.specification.shape.tokenBudget
      )
      return budgets.0 != budgets.1 ? budgets.0 < budgets.1 : $0.value > $1.value
    }
    var highest = -Double.infinity
    return points.map { point in
      let isOptimal = point.value > highest
      highest = max(highest, point.value)
      return ParetoPoint(
        study: point.study.id, tokenBudget: point.study.specification.shape.tokenBudget,
        trial: point.trial, isOptimal: isOptimal)
    }
  }

  /// Everything about a study, for files.
  ///
  /// - Parameters:
  ///   - id: The study.
  ///   - withRows: Whether the values by row are wanted, which are most of it.
  /// - Returns: The study with its trials, each as it was at one moment.
  /// - Throws: ``CalibrationError/Code/limitReached`` for more values than one export holds,
  ///   ``CalibrationError/Code/studyNotFound``, or a fault of the store.
  public func export(_ id: StudyID, withRows: Bool = true) throws(CalibrationError) -> StudyExport {
    let study = try existing(id)
    let now = now
    let trials = try store.trials(of: study)
    let records =
      withRows
      ? try records(of: study, trials)
      : trials.map { TrialRecord(trial: $0, rowValues: nil) }
    return StudyExport(
      study: study, space: try space(of: study),
      // What was added since the study was read would contradict its number of trials.
      records: records.prefix(study.trialCount).map { $0.seen(at: now) })
  }

  /// All trials with their values by row, read a part at a time so that nobody waits long.
  private func records(
    of study: Study, _ trials: [Trial]
  ) throws(CalibrationError) -> [TrialRecord] {
    guard trials.reduce(0, { $0 + ($1.measurement?.rows ?? 0) }) <= limits.exportedValues else {
      throw CalibrationError(
        .limitReached, "an export holds fewer values by row: list the trials, and read each")
    }
    var records: [TrialRecord] = []
    while records.count < trials.count {
      let part = try store.records(
        of: study, after: records.count, limit: limits.recordsPerRead(of: study))
      // The study has been deleted.
      guard !part.isEmpty else { throw .studyNotFound }
      records += part
    }
    return records
  }
}

extension TrialRecord {
  fileprivate func seen(at now: Timestamp) -> TrialRecord {
    TrialRecord(trial: trial.seen(at: now), rowValues: rowValues)
  }
}

extension Study {
  fileprivate func isComparable(with other: Study) -> Bool {
    guard serial != other.serial else { return true }
    guard specification.model != nil || calibrationSet != nil else { return false }
    return specification.model == other.specification.model
      && calibrationSet == other.calibrationSet
      && specification.shape.layers == other.specification.shape.layers
  }
}
