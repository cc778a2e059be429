import Testing

@testable import Calibration

@Suite struct AskPlanTests {
  @Test func `what is there already waits for nobody's fit`() throws {
    let fixture = try CalibratorFixture()
    let id = try fixture.study()
    let own = try fixture.calibrator.ask(id, count: 2, clientID: "a")
    let gate = try fixture.calibrator.gate(of: fixture.calibrator.study(id))
    let ticket = try gate.enter { false }
    let again = try fixture.calibrator.ask(id, count: 2, clientID: "a", shouldStop: { true })
    #expect(again.map(\.id) == own.map(\.id))
    var polls = 0
    let code = CalibrationError.Code.thrown {
      _ = try fixture.calibrator.ask(id, clientID: "b") {
        polls += 1
        return polls > 3
      }
    }
    #expect(code == .interrupted && polls == 4, "whoever waits can stop waiting")
    gate.leave(ticket)
    #expect(try fixture.calibrator.ask(id, clientID: "b").count == 1)
  }

  @Test func `the gate lets callers in one by one`() throws {
    let gate = AskGate()
    let first = try gate.enter { true }
    #expect(CalibrationError.Code.thrown { _ = try gate.enter { true } } == .interrupted)
    gate.leave(first)
    gate.leave(try gate.enter { true })
  }

  @Test func `one call makes a bounded number of new trials`() throws {
    var limits = CalibrationLimits()
    limits.suggestionsPerCall = 3
    let fixture = try CalibratorFixture(limits: limits)
    let id = try fixture.study()
    #expect(try fixture.calibrator.ask(id, count: 100, clientID: "a").count == 4)
    #expect(try fixture.calibrator.ask(id, count: 100, clientID: "a").count == 7)
    #expect(CalibrationLimits().suggestionsPerCall == 16)
  }

  @Test func `a lease begins after the fit`() throws {
    let fixture = try CalibratorFixture()
    let id = try fixture.study()
    for _ in 0..<12 {
      let trial = try fixture.calibrator.ask(id)[0]
      try fixture.calibrator.tell(
        id, trial: trial.id, .value(Double(trial.id.number % 3), standardError: nil))
    }
    let trial = try fixture.calibrator.ask(id, leaseSeconds: 10) {
      fixture.clock.advance(seconds: 1)
      return false
    }[0]
    #expect(trial.lease?.expiresAt == fixture.clock.now.advanced(by: 10))
    #expect(trial.createdAt == fixture.clock.now)
  }

  @Test func `a completed study hands out what a client holds, and nothing else`() throws {
    let fixture = try CalibratorFixture()
    let id = try fixture.study()
    let own = try fixture.calibrator.ask(id, count: 2, clientID: "a")
    try fixture.calibrator.completeStudy(id)
    let again = try fixture.calibrator.ask(id, count: 5, clientID: "a")
    #expect(again.map(\.id) == own.map(\.id))
    let code = CalibrationError.Code.thrown {
      _ = try fixture.calibrator.ask(id, clientID: "b")
    }
    #expect(code == .studyCompleted)
  }

  @Test func `a lost race costs a fit only if the winner took a suggestion`() throws {
    let fixture = try CalibratorFixture()
    let id = try fixture.study()
    let trials = try fixture.calibrator.ask(id, count: 4)
    let suggestions = trials.compactMap { trial in trial.point.map { ($0, trial.strategy) } }
    var (work, fits) = (AskWork(), 0)
    for (taken, expected) in [([], 1), ([], 1), (trials.suffix(1), 2), (trials, 3)] {
      try work.provide(4, taken: Array(taken)) { _ in
        fits += 1
        return suggestions
      }
      #expect(fits == expected)
    }
    let lease = Trial.Lease(clientID: nil, expiresAt: fixture.clock.now)
    let added = work.trials(2, after: 6, at: fixture.clock.now, lease)
    #expect(added.map(\.id.number) == [7, 8])
    #expect(added.map(\.point) == trials.prefix(2).map(\.point))
  }

  @Test func `a trial that nobody finishes is not handed out for ever`() throws {
    var limits = CalibrationLimits()
    limits.handOuts = 3
    let fixture = try CalibratorFixture(limits: limits)
    let id = try fixture.study()
    for round in 1...3 {
      let trial = try fixture.calibrator.ask(id, clientID: "a", leaseSeconds: 10)[0]
      #expect(trial.id.number == 1)
      // Asking again within the lease is no hand-out.
      #expect(try fixture.calibrator.ask(id, clientID: "a", leaseSeconds: 10)[0].id == trial.id)
      if round == 2 { _ = try fixture.calibrator.abandon(trial.id, of: id) }
      fixture.clock.advance(seconds: 20)
    }
    #expect(try fixture.calibrator.ask(id, clientID: "a")[0].id.number == 2)
    let poison = try fixture.calibrator.trial(TrialID(number: 1), of: id)
    #expect(poison.state == .infeasible && poison.reason != nil)
    let late = try fixture.calibrator.tell(id, trial: poison.id, .value(1, standardError: nil))
    #expect(late.state == .succeeded && late.reason == nil, "nothing that was measured is lost")
    let code = CalibrationError.Code.thrown {
      try fixture.calibrator.tell(id, trial: poison.id, .value(2, standardError: nil))
    }
    #expect(code == .trialAlreadyComplete)
  }

  @Test func `a client gets last what it gave back itself`() throws {
    let fixture = try CalibratorFixture()
    let id = try fixture.study()
    let first = try fixture.calibrator.ask(id, clientID: "a")[0].id
    let second = try fixture.calibrator.ask(id, clientID: "b")[0].id
    for trial in [first, second] { _ = try fixture.calibrator.abandon(trial, of: id) }
    #expect(try fixture.calibrator.ask(id, clientID: "a")[0].id == second)
    #expect(try fixture.calibrator.ask(id, clientID: "b")[0].id == first)
  }
}
