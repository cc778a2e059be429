// What may happen to a trial, as pure functions of the clock.
//
//            ask                tell
// requested ------> active ----------------> succeeded
//     ^               |  \----------------> infeasible
//     |  abandon, or  |   \ report
//     +---------------+    ---------------> stopped ---tell---> succeeded
//        lease ran out
//
// Handed out too often, it becomes infeasible by itself: what kills its clients must not be handed
// out for ever. That is a guess, so a measurement still replaces it.
//
// A measurement is a fact about the strategy, not about the lease: it is taken from whoever brings
// it while the trial has no outcome, and the first one stays. So a lease that runs out fails
// nothing and loses nothing.
extension Trial {
  /// The state that others see: a lease that ran out has given the trial back.
  func state(at now: Timestamp) -> State { isFree(at: now) ? .requested : state }

  /// Whether the trial can be handed out.
  func isFree(at now: Timestamp) -> Bool {
    switch state {
    case .requested: true
    case .active: lease.map { $0.expiresAt <= now } ?? true
    default: false
    }
  }

  /// Whether a named client may go on with the trial; its lease may have run out.
  func isHeld(by clientID: String?) -> Bool {
    guard let clientID, state == .active else { return false }
    return lease?.clientID == clientID
  }

  /// Whether this client was the last one to give the trial back.
  func isGivenBack(by clientID: String?) -> Bool {
    guard let clientID else { return false }
    return state == .requested && givenBackBy == clientID
  }

  mutating func hand(to lease: Lease) {
    state = .active
    self.lease = lease
  }

  /// The trial, handed out; it counts unless the client merely asks again.
  func handed(to lease: Lease, at now: Timestamp) -> Trial {
    var trial = self
    if isFree(at: now) || !isHeld(by: lease.clientID) { trial.handOuts += 1 }
    trial.hand(to: lease)
    return trial
  }

  /// The trial as infeasible, because all who had it brought nothing.
  func writtenOff(at now: Timestamp) -> Trial {
    var trial = self
    trial.fail(because: "handed out \(handOuts) times without an outcome", at: now)
    trial.isWrittenOff = true
    return trial
  }

  /// The trial as it is after its change was stored.
  var stored: Trial {
    var trial = self
    trial.revision += 1
    return trial
  }

  /// Gives the trial back; it is for others now.
  mutating func giveBack() throws(CalibrationError) {
    switch state {
    case .requested: break
    case .active:
      state = .requested
      givenBackBy = lease?.clientID
      lease = nil
    default: throw .closed(self, "only a trial without an outcome can be given up")
    }
  }

  mutating func renew(until moment: Timestamp) throws(CalibrationError) {
    guard state == .active, let lease else {
      throw .closed(self, "only a trial that is handed out has a lease")
    }
    self.lease = Lease(clientID: lease.clientID, expiresAt: max(moment, lease.expiresAt))
  }

  mutating func succeed(with measurement: Measurement, at now: Timestamp) {
    state = .succeeded
    self.measurement = measurement
    estimate = nil
    reason = nil
    isWrittenOff = false
    finish(at: now)
  }

  mutating func fail(because reason: String, at now: Timestamp) {
    state = .infeasible
    self.reason = reason
    isWrittenOff = false
    finish(at: now)
  }

  mutating func stop(estimating estimate: Measurement, at now: Timestamp) {
    state = .stopped
    self.estimate = estimate
    finish(at: now)
  }

  private mutating func finish(at now: Timestamp) {
    lease = nil
    completedAt = now
  }

  /// What listings show.
  func seen(at now: Timestamp) -> Trial {
    var trial = self
    trial.state = state(at: now)
    if trial.state == .requested { trial.lease = nil }
    return trial
  }
}
