// What may happen to a trial, as pure functions of the clock.
//
//            ask                tell
// requested ------> active ----------------> succeeded
//     ^               |  \----------------> infeasible
//     |  abandon, or  |   \ report
//     +---------------+    ---------------> stopped ---tell---> succeeded
//        lease ran out
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

  mutating func hand(to lease: Lease) {
    state = .active
    self.lease = lease
  }

  /// Gives the trial back; it is for others now.
  mutating func giveBack() throws(CalibrationError) {
    switch state {
    case .requested: break
    case .active:
      state = .requested
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
    finish(at: now)
  }

  mutating func fail(because reason: String, at now: Timestamp) {
    state = .infeasible
    self.reason = reason
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
