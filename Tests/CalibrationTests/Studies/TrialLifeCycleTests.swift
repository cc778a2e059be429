import Testing

@testable import Calibration

/// Every state of a trial against everything that can happen to it.
@Suite struct TrialLifeCycleTests {
  /// Where a trial stands when something happens to it.
  enum Situation: String, CaseIterable {
    case givenBack, active, expired, handedOn, succeeded, stopped, infeasible, writtenOff
  }

  /// What happens.
  enum Event: String, CaseIterable {
    case tellRows, tellValue, tellInfeasible, report, abandon, renew, ask
  }

  /// What comes of it: a state that others see, or the refusal of a trial that has its outcome.
  typealias Result = Trial.State?

  private static let rows = 40
  private static let better = Array(repeating: 0.9, count: rows)

  /// The table of docs/calibration.md in full; nil is a refusal that changes nothing.
  static let table: [Situation: [Event: Result]] = [
    .givenBack: [
      .tellRows: .succeeded, .tellValue: .succeeded, .tellInfeasible: .infeasible,
      .report: .requested, .abandon: .requested, .renew: nil, .ask: .active,
    ],
    .active: [
      .tellRows: .succeeded, .tellValue: .succeeded, .tellInfeasible: .infeasible,
      .report: .active, .abandon: .requested, .renew: .active, .ask: .active,
    ],
    // A lease that ran out loses nothing: its client can go on as if nothing had been.
    .expired: [
      .tellRows: .succeeded, .tellValue: .succeeded, .tellInfeasible: .infeasible,
      .report: .requested, .abandon: .requested, .renew: .active, .ask: .active,
    ],
    .handedOn: [
      .tellRows: .succeeded, .tellValue: .succeeded, .tellInfeasible: .infeasible,
      .report: .active, .abandon: .requested, .renew: .active, .ask: .active,
    ],
    .succeeded: [
      .tellRows: .succeeded, .tellValue: nil, .tellInfeasible: nil, .report: nil, .abandon: nil,
      .renew: nil, .ask: .succeeded,
    ],
    // It still takes all rows, but no mean of those that happened to be measured.
    .stopped: [
      .tellRows: .succeeded, .tellValue: nil, .tellInfeasible: nil, .report: .stopped,
      .abandon: nil, .renew: nil, .ask: .stopped,
    ],
    .infeasible: [
      .tellRows: nil, .tellValue: nil, .tellInfeasible: .infeasible, .report: nil, .abandon: nil,
      .renew: nil, .ask: .infeasible,
    ],
    // Nobody has said that it is infeasible, so a measurement still counts.
    .writtenOff: [
      .tellRows: .succeeded, .tellValue: .succeeded, .tellInfeasible: .infeasible, .report: nil,
      .abandon: nil, .renew: nil, .ask: .infeasible,
    ],
  ]

  @Test(arguments: Situation.allCases)
  func `what may happen to a trial is what the documentation says`(situation: Situation) throws {
    for event in Event.allCases {
      let expected = try #require(Self.table[situation]?[event])
      let fixture = try CalibratorFixture(limits: Self.limits(situation))
      let id = try fixture.measuredStudy(rows: Self.rows)
      let trial = try Self.bring(situation, fixture, id)
      let before = try fixture.calibrator.record(of: trial, in: id)
      do {
        try Self.happen(event, fixture, id, trial)
        let state = try fixture.calibrator.trial(trial, of: id).state
        #expect(state == expected, "\(event)")
      } catch let error as CalibrationError {
        #expect(expected == nil && error.code == .trialAlreadyComplete, "\(event): \(error)")
        #expect(try fixture.calibrator.record(of: trial, in: id) == before, "\(event)")
      }
      try Self.checkWhole(fixture, id, trial)
    }
  }

  /// Whatever happened, the trial is whole: only an outcome has a time, only an open one a lease.
  private static func checkWhole(
    _ fixture: CalibratorFixture, _ id: StudyID, _ number: TrialID
  ) throws {
    let record = try fixture.calibrator.record(of: number, in: id)
    let trial = record.trial
    #expect(trial.state.isComplete == (trial.completedAt != nil))
    #expect((trial.state == .active) == (trial.lease != nil))
    #expect((trial.state == .infeasible) == (trial.reason != nil))
    #expect((trial.state == .stopped) == (trial.estimate != nil))
    if let rows = trial.measurement?.rows { #expect(record.rowValues?.rows.count == rows) }
    #expect(try fixture.calibrator.study(id).trialCount == fixture.calibrator.trials(of: id).count)
  }

  private static func limits(_ situation: Situation) -> CalibrationLimits {
    var limits = CalibrationLimits()
    if situation == .writtenOff { limits.handOuts = 1 }
    return limits
  }

  /// Brings the study's second trial, which client a asked for, to where it is to be.
  private static func bring(
    _ situation: Situation, _ fixture: CalibratorFixture, _ id: StudyID
  ) throws -> TrialID {
    let calibrator = fixture.calibrator
    let trial = try calibrator.ask(id, clientID: "a", leaseSeconds: 60)[0].id
    switch situation {
    case .active: break
    case .givenBack: _ = try calibrator.abandon(trial, of: id)
    case .expired: fixture.clock.advance(seconds: 61)
    case .handedOn:
      fixture.clock.advance(seconds: 61)
      #expect(try calibrator.ask(id, clientID: "b")[0].id == trial)
    case .succeeded: try calibrator.tell(id, trial: trial, .rows(.values(better)))
    case .stopped:
      let worse = (0..<20).map { 0.1 + 0.01 * Double($0 % 3) }
      #expect(try calibrator.report(id, trial: trial, .values(worse)).shouldStop)
    case .infeasible: try calibrator.tell(id, trial: trial, .infeasible("out of memory"))
    case .writtenOff:
      fixture.clock.advance(seconds: 61)
      #expect(try calibrator.ask(id, clientID: "b")[0].id != trial)
      #expect(try calibrator.trial(trial, of: id).state == .infeasible)
    }
    return trial
  }

  private static func happen(
    _ event: Event, _ fixture: CalibratorFixture, _ id: StudyID, _ trial: TrialID
  ) throws {
    let calibrator = fixture.calibrator
    switch event {
    case .tellRows: try calibrator.tell(id, trial: trial, .rows(.values(better)))
    case .tellValue: try calibrator.tell(id, trial: trial, .value(0.5, standardError: nil))
    case .tellInfeasible: try calibrator.tell(id, trial: trial, .infeasible("too slow"))
    case .report:
      _ = try calibrator.report(id, trial: trial, rows: [3, 1], .values([0.9, 0.8]))
    case .abandon: _ = try calibrator.abandon(trial, of: id)
    case .renew: _ = try calibrator.renewLease(of: trial, in: id, leaseSeconds: 60)
    case .ask: _ = try calibrator.ask(id, clientID: "a")
    }
  }

  @Test func `a report that was acknowledged is part of the outcome, whoever is faster`() throws {
    let fixture = try CalibratorFixture()
    let id = try fixture.measuredStudy(rows: 4)
    let calibrator = fixture.calibrator
    for round in 0..<60 {
      let trial = try calibrator.ask(id, clientID: "a")[0].id
      let first = [0.5, 0.6, 0.7, 0.8]
      _ = try calibrator.report(id, trial: trial, .values(first))
      let answers = AnswerLog()
      ConcurrentRuns.perform(2) { worker in
        guard worker == 0 else {
          try calibrator.tell(id, trial: trial, .reported)
          return
        }
        // Too late is a refusal; what is taken counts.
        let answer = try? calibrator.report(id, trial: trial, rows: [0], .values([0.9]))
        if answer != nil { answers.append(trial.number, 0.9) }
      }
      let record = try calibrator.record(of: trial, in: id)
      #expect(record.trial.state == .succeeded)
      #expect(
        record.rowValues?.values == [answers.all.isEmpty ? 0.5 : 0.9, 0.6, 0.7, 0.8],
        "round \(round)")
      let mean = (record.rowValues?.values ?? []).reduce(0, +) / 4
      #expect(abs((record.trial.measurement?.value ?? 0) - mean) < 1e-12, "round \(round)")
    }
  }
}
