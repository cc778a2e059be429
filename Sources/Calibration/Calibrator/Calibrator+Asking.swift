extension Calibrator {
  /// Hands out trials: the client's own open ones, then those given back, then new suggestions.
  ///
  /// A completed study hands out only what the client holds already. A trial that has been handed
  /// out ``CalibrationLimits/handOuts`` times without an outcome counts as infeasible, until
  /// somebody brings a measurement after all.
  ///
  /// - Parameters:
  ///   - id: The study.
  ///   - count: How many trials the client wants to hold.
  ///   - clientID: Who asks; the same client gets its open trials back. Nil is always a new client.
  ///   - leaseSeconds: How long the trials stay with the client; asking again renews.
  ///   - shouldStop: Asked now and then while a model is fitted or another call fits one; true ends
  ///     the call with an error.
  /// - Returns: `count` trials by number, or fewer when a limit leaves fewer: one call makes no more
  ///   than ``CalibrationLimits/suggestionsPerCall`` new ones.
  /// - Throws: ``CalibrationError/Code/studyNotFound``, ``CalibrationError/Code/studyCompleted``,
  ///   ``CalibrationError/Code/tooManyOpenTrials``, ``CalibrationError/Code/limitReached``,
  ///   ``CalibrationError/Code/valueOutOfRange``, ``CalibrationError/Code/interrupted``, or a fault
  ///   of the store.
  public func ask(
    _ id: StudyID, count: Int = 1, clientID: String? = nil, leaseSeconds: Double = 3600,
    shouldStop: () -> Bool = { false }
  ) throws(CalibrationError) -> [Trial] {
    guard count >= 1, count <= limits.trialsPerCall else {
      throw .outOfRange(.count, "must be 1 to 1000")
    }
    if let clientID { try checkText(clientID, .clientID) }
    try checkLease(leaseSeconds)
    let request = AskRequest(count: count, clientID: clientID, leaseSeconds: leaseSeconds)
    var work = AskWork()
    // What is there already needs no model, so it does not wait for anybody's.
    let served = try retrying { () throws(CalibrationError) in
      try attempt(request, of: id, &work, mayFit: false, shouldStop)
    }
    if !served.isEmpty { return served }
    let gate = gate(of: try existing(id))
    let ticket = try gate.enter(shouldStop)
    defer { gate.leave(ticket) }
    return try retrying { () throws(CalibrationError) in
      try attempt(request, of: id, &work, mayFit: true, shouldStop)
    }
  }

  /// Prolongs the lease of a trial, which never becomes shorter.
  ///
  /// - Parameters:
  ///   - trial: The trial's number.
  ///   - id: The study.
  ///   - leaseSeconds: How long from now.
  /// - Returns: The trial.
  /// - Throws: ``CalibrationError/Code/trialAlreadyComplete`` when nobody holds it, or that there is
  ///   none.
  public func renewLease(
    of trial: TrialID, in id: StudyID, leaseSeconds: Double
  ) throws(CalibrationError) -> Trial {
    try checkLease(leaseSeconds)
    return try changing(trial, of: id) { (trial) throws(CalibrationError) in
      try trial.renew(until: now.advanced(by: leaseSeconds))
    }
  }

  /// Gives a trial back, so that another client can have it; nothing is lost.
  ///
  /// - Parameters:
  ///   - trial: The trial's number.
  ///   - id: The study.
  /// - Returns: The trial, which waits now.
  /// - Throws: ``CalibrationError/Code/trialAlreadyComplete`` when it has an outcome, or that there
  ///   is none.
  public func abandon(_ trial: TrialID, of id: StudyID) throws(CalibrationError) -> Trial {
    try changing(trial, of: id) { (trial) throws(CalibrationError) in try trial.giveBack() }
  }

  func checkLease(_ seconds: Double) throws(CalibrationError) {
    guard seconds >= 1, seconds <= limits.leaseSeconds else {
      throw .outOfRange(.leaseSeconds, "must be 1 second to 7 days")
    }
  }

  private func changing(
    _ id: TrialID, of study: StudyID, _ change: (inout Trial) throws(CalibrationError) -> Void
  ) throws(CalibrationError) -> Trial {
    try retrying { () throws(CalibrationError) in
      let study = try existing(study)
      var trial = try existing(id, of: study)
      let before = trial
      try change(&trial)
      guard trial != before else { return trial.seen(at: now) }
      return try save(trial, in: study)?.seen(at: now)
    }
  }

  /// Tries once to hand out what is wanted.
  ///
  /// - Parameters:
  ///   - request: What is wanted.
  ///   - id: The study.
  ///   - work: Suggestions that an earlier attempt has paid for.
  ///   - mayFit: Whether a model may be fitted.
  ///   - shouldStop: Interrupts the fit.
  /// - Returns: The trials, none where a fit is needed and forbidden; nil when the store's state has
  ///   moved on.
  /// - Throws: As ``ask(_:count:clientID:leaseSeconds:shouldStop:)``.
  private func attempt(
    _ request: AskRequest, of id: StudyID, _ work: inout AskWork, mayFit: Bool,
    _ shouldStop: () -> Bool
  ) throws(CalibrationError) -> [Trial]? {
    let study = try existing(id)
    let trials = try store.trials(of: study)
    // A study and its trials are read one after the other: a newer list is another attempt's.
    guard trials.count == study.trialCount else { return nil }
    let plan = AskPlan(request, trials: trials, now: now, handOuts: limits.handOuts)
    guard study.state == .active else { return try handBack(plan, request, study) }
    let room = min(
      limits.trials(of: study) - trials.count,
      limits.openTrials - plan.openElsewhere - plan.handed.count)
    let wanted = min(plan.missing, max(room, 0), limits.suggestionsPerCall)
    if wanted > 0, !mayFit { return [] }
    if plan.handed.isEmpty, wanted == 0 {
      throw limits.trials(of: study) <= trials.count
        ? CalibrationError(.limitReached, "the study holds as many trials as it may")
        : CalibrationError(.tooManyOpenTrials, "clients hold as many open trials as they may")
    }
    try work.provide(wanted, taken: trials) { (count) throws(CalibrationError) in
      let optimizer = StudyOptimizer(study: study, space: try space(of: study))
      return try optimizer.suggestions(count, after: trials, shouldStop)
    }
    // Leases begin when the trials go out, not before the fit.
    let now = now
    let lease = request.lease(at: now)
    let added = work.trials(wanted, after: study.trialCount, at: now, lease)
    let handed = plan.handed.map { $0.handed(to: lease, at: now) }
    let writtenOff = plan.writtenOff.map { $0.writtenOff(at: now) }
    let fits = try store.extend(
      study, by: added.map { TrialChange($0) }, replacing: handed + writtenOff)
    return fits ? (handed.map(\.stored) + added).sorted { $0.id < $1.id } : nil
  }

  /// Hands a client of a completed study what it holds.
  private func handBack(
    _ plan: AskPlan, _ request: AskRequest, _ study: Study
  ) throws(CalibrationError) -> [Trial]? {
    let own = plan.handed.filter { $0.isHeld(by: request.clientID) }
    guard !own.isEmpty else { throw .completed(study) }
    let now = now
    var answers: [Trial] = []
    for trial in own {
      guard let stored = try save(trial.handed(to: request.lease(at: now), at: now), in: study)
      else { return nil }
      answers.append(stored)
    }
    return answers
  }
}
