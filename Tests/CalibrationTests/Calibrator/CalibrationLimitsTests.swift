import Testing
import TokenPruning

@testable import Calibration

/// What bounds the work and the memory of one study.
@Suite struct CalibrationLimitsTests {
  private func fixture(
    rows: Int, _ change: (inout CalibrationLimits) -> Void
  ) throws -> (CalibratorFixture, StudyID) {
    var limits = CalibrationLimits()
    change(&limits)
    let fixture = try CalibratorFixture(limits: limits)
    return (fixture, try fixture.measuredStudy(rows: rows))
  }

  @Test func `a study with many rows may have fewer trials`() throws {
    let (fixture, id) = try fixture(rows: 10) { $0.measuredValues = 49 }
    let handed = try fixture.calibrator.ask(id, count: 10, clientID: "c")
    #expect(handed.count == 3)
    for trial in handed {
      try fixture.calibrator.tell(id, trial: trial.id, .value(0.5, standardError: nil))
    }
    #expect(
      CalibrationError.Code.thrown { _ = try fixture.calibrator.ask(id) } == .limitReached)
    let imported = ImportedTrial(
      strategy: handed[0].strategy, outcome: .value(0.1, standardError: nil))
    #expect(
      CalibrationError.Code.thrown {
        _ = try fixture.calibrator.importTrials([imported], into: id)
      } == .limitReached)
    #expect(try fixture.calibrator.trials(of: id).count == 4)
  }

  @Test func `an export is refused where it would be too large, and the trials can be read`()
    throws
  {
    let (fixture, id) = try fixture(rows: 10) { $0.exportedValues = 15 }
    #expect(try fixture.calibrator.export(id).records.compactMap(\.rowValues).count == 1)
    let trial = try fixture.calibrator.ask(id)[0]
    try fixture.calibrator.tell(
      id, trial: trial.id, .rows(.values([Double](repeating: 0.5, count: 10))))
    #expect(CalibrationError.Code.thrown { _ = try fixture.calibrator.export(id) } == .limitReached)
    #expect(try fixture.calibrator.export(id, withRows: false).csv.hasPrefix("trial,"))
    #expect(try fixture.calibrator.record(of: trial.id, in: id).rowValues?.rows.count == 10)
  }

  @Test func `pages are those of the whole list, with leases as of now`() throws {
    let (fixture, id) = try fixture(rows: 4) { _ in }
    _ = try fixture.calibrator.ask(id, count: 6, clientID: "c", leaseSeconds: 10)
    fixture.clock.advance(seconds: 11)
    let all = try fixture.calibrator.trials(of: id)
    #expect(all.dropFirst().allSatisfy { $0.state == .requested && $0.lease == nil })
    let pages = try stride(from: 0, to: 9, by: 3).flatMap {
      try fixture.calibrator.trials(of: id, after: $0, limit: 3)
    }
    #expect(pages == all)
  }

  @Test func `importing the same again adds nothing, within a call and between calls`() throws {
    let (fixture, id) = try fixture(rows: 4) { _ in }
    let strategies = try fixture.calibrator.ask(id, count: 3, clientID: "c").map(\.strategy)
    let trials = strategies.map {
      ImportedTrial(strategy: $0, outcome: .value(0.25, standardError: nil))
    }
    let first = try fixture.calibrator.importTrials(trials + trials, into: id)
    #expect(first.map(\.id) == first.prefix(3).map(\.id) + first.prefix(3).map(\.id))
    #expect(try fixture.calibrator.importTrials(trials, into: id) == Array(first.prefix(3)))
    // Another outcome of the same strategy is another trial.
    let other = ImportedTrial(
      strategy: strategies[0], outcome: .value(0.75, standardError: nil))
    #expect(try fixture.calibrator.importTrials([other], into: id)[0].id.number == 8)
    #expect(try fixture.calibrator.trials(of: id).count == 8)
  }

  @Test func `early stopping follows the leader when it changes`() throws {
    let (fixture, id) = try fixture(rows: 40) { _ in }
    let trials = try fixture.calibrator.ask(id, count: 3, clientID: "c").map(\.id)
    func values(_ mean: Double, _ count: Int) -> RowMeasurements {
      .values((0..<count).map { mean + 0.001 * Double($0 % 3) })
    }
    // As good as the default strategy: nothing to stop.
    let first = try fixture.calibrator.report(id, trial: trials[0], values(0.52, 20))
    #expect(!first.shouldStop)
    try fixture.calibrator.tell(id, trial: trials[1], .rows(values(0.9, 40)))
    // The risk is spent as rows come in: the same ones again decide nothing.
    #expect(!(try fixture.calibrator.report(id, trial: trials[0], values(0.52, 20)).shouldStop))
    let second = try fixture.calibrator.report(id, trial: trials[0], values(0.52, 24))
    #expect(second.shouldStop)
    #expect(second.trial.state == .stopped)
  }
}

@Suite struct StudyCacheTests {
  private func trials(_ count: Int) throws -> [Trial] {
    [Trial](repeating: try StudyStoreContract.trial(1), count: count)
  }

  @Test func `the longest unused study goes first, and never the one in use`() throws {
    let cache = StudyCache()
    let many = try trials(StudyCache.maximumTrials / 2)
    cache.keep(many, of: 1)
    cache.keep(many, of: 2)
    #expect(cache.trials(of: 1).count == many.count)
    cache.keep([many[0]], of: 3)
    #expect(cache.trials(of: 2).isEmpty)
    #expect(cache.trials(of: 1).count == many.count)
    #expect(cache.trials(of: 3).count == 1)
  }

  @Test func `a baseline that is too large is not kept, and a deleted study's neither`() {
    let cache = StudyCache()
    cache.keep([1, 2], of: 1)
    #expect(cache.baseline(of: 1) == [1, 2])
    cache.forget(1)
    #expect(cache.baseline(of: 1) == nil)
    cache.keep([Float](repeating: 0, count: StudyCache.maximumElements + 1), of: 2)
    #expect(cache.baseline(of: 2) == nil)
  }
}
