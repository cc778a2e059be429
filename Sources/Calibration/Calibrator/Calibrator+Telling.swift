extension Calibrator {
  /// Takes the outcome of a trial.
  ///
  /// It is taken from whoever brings it, whether or not a lease has run out or gone to another
  /// client: the first outcome stays. The same outcome again is answered alike; another one is a
  /// conflict. A stopped trial can still be told all of its rows.
  ///
  /// - Parameters:
  ///   - id: The study.
  ///   - number: The trial's number.
  ///   - outcome: What became of it.
  /// - Returns: The trial with its outcome.
  /// - Throws: ``CalibrationError/Code/trialAlreadyComplete`` for another outcome,
  ///   ``CalibrationError/Code/baselineMissing``, ``CalibrationError/Code/shapeMismatch``,
  ///   ``CalibrationError/Code/unsupportedDType``, ``CalibrationError/Code/nonFiniteValue``,
  ///   ``CalibrationError/Code/studyNotFound``, ``CalibrationError/Code/trialNotFound``, or a fault
  ///   of the store.
  @discardableResult
  public func tell(
    _ id: StudyID, trial number: TrialID, _ outcome: TrialOutcome
  ) throws(CalibrationError) -> Trial {
    let study = try existing(id)
    _ = try existing(number, of: study)
    let told = outcome.isReported ? nil : try evidence(of: outcome, trial: number, study)
    return try retrying { () throws(CalibrationError) in
      var trial = try existing(number, of: study)
      // What was reported is read after the trial's revision, so that no report is overwritten.
      let evidence =
        if let told { told } else { try evidence(of: outcome, trial: number, study) }
      if trial.state.isComplete, !trial.isOpen(to: evidence) {
        guard try isSame(evidence, as: trial, in: study) else {
          throw .closed(trial, "the trial has another outcome already")
        }
        return trial
      }
      let values = trial.take(evidence, at: now)
      return try save(trial, rowValues: values, in: study)
    }
  }

  /// Takes measurements of some rows and says whether measuring the rest is worth it.
  ///
  /// - Parameters:
  ///   - id: The study.
  ///   - number: The trial's number.
  ///   - rows: Which rows of the calibration set these are; nil stands for the first ones.
  ///   - measurements: One per row; a row that was reported before is replaced.
  ///   - leaseSeconds: Prolongs the lease, if the trial has one.
  /// - Returns: The trial, and whether to stop. A trial that should stop is closed at once, and its
  ///   rows count; ``tell(_:trial:_:)`` still takes all of them from a client that goes on.
  /// - Throws: ``CalibrationError/Code/trialAlreadyComplete``,
  ///   ``CalibrationError/Code/baselineMissing``, ``CalibrationError/Code/shapeMismatch``,
  ///   ``CalibrationError/Code/valueOutOfRange``, or as ``tell(_:trial:_:)``.
  public func report(
    _ id: StudyID, trial number: TrialID, rows: [Int]? = nil, _ measurements: RowMeasurements,
    leaseSeconds: Double? = nil
  ) throws(CalibrationError) -> ReportAnswer {
    if let leaseSeconds { try checkLease(leaseSeconds) }
    let study = try existing(id)
    _ = try existing(number, of: study)
    let values = try rowValues(
      of: measurements, rows: rows ?? Array(0..<measurements.count), in: study)
    return try retrying { () throws(CalibrationError) in
      var trial = try existing(number, of: study)
      if trial.state == .stopped { return ReportAnswer(trial: trial, shouldStop: true) }
      guard !trial.state.isComplete else {
        throw .closed(trial, "the trial has its outcome already")
      }
      let known = try store.rowValues(of: number, in: study)
      let all = known?.merging(values) ?? values
      trial.note(all, clusters: clusters(of: study))
      let verdict = try estimate(
        of: all, after: known?.rows.count ?? 0, trial: trial, study)
      if let leaseSeconds, trial.state == .active {
        try trial.renew(until: now.advanced(by: leaseSeconds))
      }
      if let verdict { trial.stop(estimating: verdict, at: now) }
      return try save(trial, rowValues: all, in: study).map {
        ReportAnswer(trial: $0.seen(at: now), shouldStop: verdict != nil)
      }
    }
  }

  /// Adds measurements that were made elsewhere, all or none.
  ///
  /// A strategy outside the study's bounds can be the best, but the optimiser does not learn from
  /// it. What is there already, strategy and outcome, is not added again.
  ///
  /// - Parameters:
  ///   - trials: Strategies of the study's shape, with outcomes.
  ///   - id: The study.
  /// - Returns: The trials, in the order given.
  /// - Throws: ``CalibrationError/Code/studyCompleted``, ``CalibrationError/Code/limitReached``,
  ///   with the place of a trial in ``CalibrationError/item``: ``CalibrationError/Code/invalidStrategy``,
  ///   ``CalibrationError/Code/valueOutOfRange``; or as ``tell(_:trial:_:)``.
  public func importTrials(
    _ trials: [ImportedTrial], into id: StudyID
  ) throws(CalibrationError) -> [Trial] {
    guard trials.count <= limits.trialsPerCall else {
      throw .outOfRange(.trials, "must hold no more than 1000 trials")
    }
    let study = try existing(id)
    let space = try space(of: study)
    var drafts: [TrialChange] = []
    for (index, imported) in trials.enumerated() {
      do { drafts.append(try draft(of: imported, study, space)) } catch {
        var error = error
        error.item = index
        throw error
      }
    }
    return try retrying { () throws(CalibrationError) in try add(drafts, to: id) }
  }

  private func draft(
    of imported: ImportedTrial, _ study: Study, _ space: StrategySpace
  ) throws(CalibrationError) -> TrialChange {
    if case .reported = imported.outcome {
      throw .outOfRange(.trials, "needs an outcome of its own")
    }
    let strategy = try study.specification.shape.resolved(imported.strategy)
    var trial = Trial(
      id: TrialID(number: 1), strategy: strategy, origin: .imported, createdAt: now,
      state: .requested, reports: 0, point: space.point(of: strategy), revision: 1)
    let evidence = try evidence(of: imported.outcome, trial: trial.id, study)
    let values = trial.take(evidence, at: now)
    return TrialChange(trial, rowValues: values)
  }

  private func add(
    _ drafts: [TrialChange], to id: StudyID
  ) throws(CalibrationError) -> [Trial]? {
    let study = try existing(id)
    guard study.state == .active else { throw .completed(study) }
    let known = try store.trials(of: study)
    guard known.count == study.trialCount else { return nil }
    var additions: [TrialChange] = []
    var answers: [Trial] = []
    // By strategy, because comparing each with each takes a million comparisons for a full call.
    var twins = Dictionary(grouping: known.filter { $0.origin == .imported }, by: \.strategyText)
    for draft in drafts {
      let text = draft.trial.strategyText
      if let twin = twins[text]?.first(where: { $0.isTwin(of: draft.trial) }) {
        answers.append(twin)
        continue
      }
      let number = TrialID(number: study.trialCount + 1 + additions.count)
      additions.append(draft.numbered(number))
      let added = additions[additions.count - 1].trial
      twins[text, default: []].append(added)
      answers.append(added)
    }
    guard known.count + additions.count <= limits.trials(of: study) else {
      throw CalibrationError(.limitReached, "the study holds as many trials as it may")
    }
    guard !additions.isEmpty else { return answers }
    return try store.extend(study, by: additions, replacing: []) ? answers : nil
  }
}

extension Trial {
  /// Whether an outcome replaces the one that the trial has.
  fileprivate func isOpen(to evidence: Evidence) -> Bool {
    isWrittenOff ? evidence.isMeasurement : state == .stopped && evidence.hasAllRows
  }

  /// Takes an outcome; answers the values by row that have to be stored.
  fileprivate mutating func take(_ evidence: Evidence, at now: Timestamp) -> RowValues? {
    switch evidence {
    case .measurement(let measurement, let values):
      succeed(with: measurement, at: now)
      return values
    case .infeasible(let reason):
      fail(because: reason, at: now)
      return nil
    }
  }

  /// Takes the rows measured so far.
  fileprivate mutating func note(_ values: RowValues, clusters: [Int]) {
    reports += 1
    measurement = Measurement(values, clusters: clusters)
  }

  /// The strategy as a key.
  fileprivate var strategyText: String {
    DocumentWriter.text { $0.put(strategy: strategy) }
  }

  /// Whether an imported trial is there already.
  fileprivate func isTwin(of draft: Trial) -> Bool {
    origin == .imported && strategy == draft.strategy && state == draft.state
      && measurement == draft.measurement && reason == draft.reason
  }
}

extension TrialChange {
  fileprivate func numbered(_ id: TrialID) -> TrialChange {
    var numbered = Trial(
      id: id, strategy: trial.strategy, origin: trial.origin, createdAt: trial.createdAt,
      state: trial.state, reports: 0, point: trial.point, revision: trial.revision)
    numbered.measurement = trial.measurement
    numbered.completedAt = trial.completedAt
    numbered.reason = trial.reason
    return TrialChange(numbered, rowValues: rowValues)
  }
}

extension Evidence {
  fileprivate var isMeasurement: Bool {
    if case .measurement = self { return true }
    return false
  }

  /// Whether every row was measured.
  ///
  /// Of a stopped trial a plain value is no outcome: it would be
  /// the mean over those rows that happened to be measured.
  fileprivate var hasAllRows: Bool {
    if case .measurement(_, .some) = self { return true }
    return false
  }
}
