internal import Locking

extension Calibrator {
  /// Hands out trials: the client's own open ones, then those given back, then new suggestions.
  ///
  /// - Parameters:
  ///   - id: The study.
  ///   - count: How many trials the client wants to hold.
  ///   - clientID: Who asks; the same client gets its open trials back. Nil is always a new client.
  ///   - leaseSeconds: How long the trials stay with the client; asking again renews.
  ///   - shouldStop: Asked now and then while a model is fitted; true ends the call with an error.
  /// - Returns: `count` trials by number, or fewer when a limit of the study leaves fewer.
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
    let gate = gate(of: try existing(id))
    return try gate.turn.withLock { _ throws(CalibrationError) in
      try retrying { () throws(CalibrationError) in
        try attempt(request, of: id, shouldStop)
      }
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

  private func attempt(
    _ request: AskRequest, of id: StudyID, _ shouldStop: () -> Bool
  ) throws(CalibrationError) -> [Trial]? {
    let study = try existing(id)
    guard study.state == .active else { throw .completed(study) }
    let trials = try store.trials(of: study)
    // A study and its trials are read one after the other: a newer list is another attempt's.
    guard trials.count == study.trialCount else { return nil }
    let now = now
    let plan = AskPlan(request, trials: trials, now: now)
    let room = min(
      limits.trials - trials.count, limits.openTrials - plan.openElsewhere - plan.handed.count)
    let wanted = min(plan.missing, max(room, 0))
    if plan.handed.isEmpty, wanted == 0 {
      throw limits.trials <= trials.count
        ? CalibrationError(.limitReached, "the study holds as many trials as it may")
        : CalibrationError(.tooManyOpenTrials, "clients hold as many open trials as they may")
    }
    var added = try suggest(wanted, study, trials, at: now, shouldStop)
    for index in added.indices { added[index].hand(to: request.lease(at: now)) }
    let fits = try store.extend(
      study, by: added.map { TrialChange($0) }, replacing: plan.handed)
    guard fits else { return nil }
    let handed = plan.handed.map { trial in
      var trial = trial
      trial.revision += 1
      return trial
    }
    return (handed + added).sorted { $0.id < $1.id }
  }

  private func suggest(
    _ count: Int, _ study: Study, _ trials: [Trial], at now: Timestamp,
    _ shouldStop: () -> Bool
  ) throws(CalibrationError) -> [Trial] {
    guard count > 0 else { return [] }
    let optimizer = StudyOptimizer(study: study, space: try space(of: study))
    let suggestions = try optimizer.suggestions(count, after: trials, shouldStop)
    return suggestions.enumerated().map { index, suggestion in
      Trial(
        id: TrialID(number: study.trialCount + 1 + index), strategy: suggestion.strategy,
        origin: .suggested, createdAt: now, state: .requested, reports: 0,
        point: suggestion.point, revision: 1)
    }
  }
}

/// Who wants how many trials for how long.
struct AskRequest {
  let count: Int
  let clientID: String?
  let leaseSeconds: Double

  func lease(at now: Timestamp) -> Trial.Lease {
    Trial.Lease(clientID: clientID, expiresAt: now.advanced(by: leaseSeconds))
  }
}

/// Which of the existing trials a client gets.
struct AskPlan {
  /// The trials to hand out, with their new leases.
  let handed: [Trial]
  /// How many more the client wants.
  let missing: Int
  /// How many trials others hold, or the client beyond what it wants.
  let openElsewhere: Int

  init(_ request: AskRequest, trials: [Trial], now: Timestamp) {
    let own = trials.filter { $0.isHeld(by: request.clientID) }
    let free = trials.filter { $0.isFree(at: now) && !$0.isHeld(by: request.clientID) }
    let lease = request.lease(at: now)
    handed = (own + free).prefix(request.count).map { trial in
      var trial = trial
      trial.hand(to: lease)
      return trial
    }
    missing = request.count - handed.count
    let ids = Set(handed.map(\.id))
    openElsewhere =
      trials.count { $0.state == .active && !$0.isFree(at: now) && !ids.contains($0.id) }
  }
}
