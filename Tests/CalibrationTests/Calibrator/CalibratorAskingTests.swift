import Testing
import TokenPruning

@testable import Calibration

@Suite struct CalibratorAskingTests {
  @Test func `the default strategy is the first trial`() throws {
    let fixture = try CalibratorFixture()
    let id = try fixture.study()
    let trial = try fixture.calibrator.ask(id)[0]
    #expect(trial.id.number == 1)
    #expect(trial.origin == .defaultStrategy)
    let study = try fixture.calibrator.study(id)
    #expect(trial.strategy == study.specification.defaultStrategy)
    #expect(try fixture.calibrator.ask(id)[0].origin == .suggested)
  }

  @Test func `suggested strategies are filled in, feasible and different`() throws {
    let fixture = try CalibratorFixture()
    let id = try fixture.study()
    let trials = try fixture.calibrator.ask(id, count: 12)
    #expect(trials.map(\.id.number) == Array(1...12))
    for trial in trials {
      #expect(try trial.strategy.resolved() == trial.strategy)
      #expect(abs(trial.strategy.meanTokenRatio - 0.25) < 1e-9)
      #expect(trial.strategy.tokenBudget == 0.25)
    }
    #expect(Set(trials.compactMap(\.point)).count == 12)
  }

  @Test func `the same seed and measurements give the same suggestions`() throws {
    let runs = try (0..<2).map { _ in
      let fixture = try CalibratorFixture()
      let id = try fixture.study(seed: 7)
      return try (0..<14).map { round in
        let trial = try fixture.calibrator.ask(id)[0]
        try fixture.calibrator.tell(
          id, trial: trial.id, .value(Double(round % 5), standardError: 0.1))
        return trial.strategy
      }
    }
    #expect(runs[0] == runs[1])
    let other = try CalibratorFixture()
    let id = try other.study(seed: 8)
    #expect(try other.calibrator.ask(id, count: 2)[1].strategy != runs[0][1])
  }

  @Test func `a client gets its open trials back`() throws {
    let fixture = try CalibratorFixture()
    let id = try fixture.study()
    let first = try fixture.calibrator.ask(id, count: 2, clientID: "a")
    let others = try fixture.calibrator.ask(id, count: 2, clientID: "b")
    #expect(try fixture.calibrator.ask(id, count: 2, clientID: "a").map(\.id) == first.map(\.id))
    let more = try fixture.calibrator.ask(id, count: 3, clientID: "a")
    #expect(more.map(\.id).prefix(2) == first.map(\.id).prefix(2))
    #expect(Set(more.map(\.id)).isDisjoint(with: others.map(\.id)))
    // Without a name nobody is recognised.
    #expect(try fixture.calibrator.ask(id).first?.id.number == 6)
    #expect(try fixture.calibrator.ask(id).first?.id.number == 7)
  }

  @Test func `a trial whose lease ran out goes to the next client, and back to its own`() throws {
    let fixture = try CalibratorFixture()
    let id = try fixture.study()
    let trial = try fixture.calibrator.ask(id, clientID: "a", leaseSeconds: 60)[0]
    fixture.clock.advance(seconds: 59)
    #expect(try fixture.calibrator.ask(id, clientID: "b")[0].id != trial.id)
    fixture.clock.advance(seconds: 2)
    #expect(try fixture.calibrator.trial(trial.id, of: id).state == .requested)
    #expect(try fixture.calibrator.ask(id, clientID: "a")[0].id == trial.id, "nobody else had it")
    fixture.clock.advance(seconds: 4000)
    #expect(try fixture.calibrator.ask(id, clientID: "c")[0].id == trial.id)
    #expect(try fixture.calibrator.ask(id, clientID: "a")[0].id != trial.id, "it is lent out")
  }

  @Test func `a lease is renewed and never shortened`() throws {
    let fixture = try CalibratorFixture()
    let id = try fixture.study()
    let trial = try fixture.calibrator.ask(id, clientID: "a", leaseSeconds: 100)[0]
    let end = try #require(trial.lease?.expiresAt)
    let same = try fixture.calibrator.renewLease(of: trial.id, in: id, leaseSeconds: 10)
    #expect(same.lease?.expiresAt == end)
    let longer = try fixture.calibrator.renewLease(of: trial.id, in: id, leaseSeconds: 500)
    #expect((longer.lease?.expiresAt ?? end) > end)
    #expect(longer.lease?.clientID == "a")
    _ = try fixture.calibrator.abandon(trial.id, of: id)
    let code = CalibrationError.Code.thrown {
      _ = try fixture.calibrator.renewLease(of: trial.id, in: id, leaseSeconds: 10)
    }
    #expect(code == .trialAlreadyComplete)
  }

  @Test func `an abandoned trial is for others`() throws {
    let fixture = try CalibratorFixture()
    let id = try fixture.study()
    let trial = try fixture.calibrator.ask(id, clientID: "a")[0]
    #expect(try fixture.calibrator.abandon(trial.id, of: id).state == .requested)
    #expect(try fixture.calibrator.abandon(trial.id, of: id).lease == nil, "again is no fault")
    #expect(try fixture.calibrator.ask(id, clientID: "b")[0].id == trial.id)
    try fixture.calibrator.tell(id, trial: trial.id, .value(1, standardError: nil))
    let code = CalibrationError.Code.thrown {
      _ = try fixture.calibrator.abandon(trial.id, of: id)
    }
    #expect(code == .trialAlreadyComplete)
  }

  @Test func `limits end in errors, not in growth`() throws {
    var limits = CalibrationLimits()
    limits.openTrials = 3
    limits.trials = 5
    limits.studies = 1
    let fixture = try CalibratorFixture(limits: limits)
    let id = try fixture.study()
    #expect(try fixture.calibrator.ask(id, count: 10).count == 3, "as many as may be open")
    #expect(
      CalibrationError.Code.thrown { _ = try fixture.calibrator.ask(id) } == .tooManyOpenTrials)
    for number in 1...3 {
      try fixture.calibrator.tell(
        id, trial: TrialID(number: number), .value(0, standardError: nil))
    }
    #expect(try fixture.calibrator.ask(id, count: 10).count == 2, "as many as a study may have")
    #expect(CalibrationError.Code.thrown { _ = try fixture.calibrator.ask(id) } == .limitReached)
    #expect(CalibrationError.Code.thrown { try fixture.study("other") } == .limitReached)
  }

  @Test func `bad requests are refused and change nothing`() throws {
    let fixture = try CalibratorFixture()
    let id = try fixture.study()
    let calibrator = fixture.calibrator
    let none = try StudyID("none")
    func code(_ body: () throws -> Void) -> CalibrationError.Code? {
      CalibrationError.Code.thrown(by: body)
    }
    #expect(code { _ = try calibrator.ask(none) } == .studyNotFound)
    #expect(code { _ = try calibrator.ask(id, count: 0) } == .valueOutOfRange)
    #expect(code { _ = try calibrator.ask(id, clientID: "") } == .valueOutOfRange)
    #expect(code { _ = try calibrator.ask(id, clientID: "a\nb") } == .valueOutOfRange)
    #expect(code { _ = try calibrator.ask(id, leaseSeconds: 0) } == .valueOutOfRange)
    #expect(code { _ = try calibrator.ask(id, leaseSeconds: .nan) } == .valueOutOfRange)
    #expect(code { _ = try calibrator.ask(id, leaseSeconds: .infinity) } == .valueOutOfRange)
    #expect(try calibrator.study(id).trialCount == 1)
  }

  @Test func `a completed study takes outcomes but no new trials`() throws {
    let fixture = try CalibratorFixture()
    let id = try fixture.study()
    let trial = try fixture.calibrator.ask(id)[0]
    #expect(try fixture.calibrator.completeStudy(id).state == .completed)
    #expect(try fixture.calibrator.completeStudy(id).state == .completed, "again is no fault")
    let error = #expect(throws: CalibrationError.self) { try fixture.calibrator.ask(id) }
    #expect(error?.code == .studyCompleted && error?.state == "completed")
    let strategy = trial.strategy
    let code = CalibrationError.Code.thrown {
      _ = try fixture.calibrator.importTrials(
        [ImportedTrial(strategy: strategy, outcome: .value(1, standardError: nil))], into: id)
    }
    #expect(code == .studyCompleted)
    let told = try fixture.calibrator.tell(id, trial: trial.id, .value(1, standardError: nil))
    #expect(told.state == .succeeded)
  }

  @Test func `a search that is not wanted any more ends`() throws {
    let fixture = try CalibratorFixture()
    let id = try fixture.study()
    for _ in 0..<12 {
      let trial = try fixture.calibrator.ask(id)[0]
      try fixture.calibrator.tell(
        id, trial: trial.id, .value(Double(trial.id.number % 3), standardError: nil))
    }
    let code = CalibrationError.Code.thrown {
      _ = try fixture.calibrator.ask(id, shouldStop: { true })
    }
    #expect(code == .interrupted)
    #expect(try fixture.calibrator.study(id).trialCount == 12)
  }

  @Test func `a strategy that cannot be evaluated does not come again`() throws {
    let fixture = try CalibratorFixture()
    let id = try fixture.study()
    var points: Set<[Double]> = []
    for round in 0..<14 {
      let trial = try fixture.calibrator.ask(id)[0]
      #expect(points.insert(trial.point ?? []).inserted)
      try fixture.calibrator.tell(
        id, trial: trial.id,
        round.isMultiple(of: 3) ? .infeasible("out of memory") : .value(1, standardError: nil))
    }
    #expect(try fixture.calibrator.trial(TrialID(number: 1), of: id).reason == "out of memory")
  }
}
