import Tensors
import Testing
import TokenPruning
import VectorKernels

@testable import Calibration

@Suite struct CalibratorTellingTests {
  private static let baseline: [Float] = [1, 0, 0, 1, 1, 1, 2, 0]

  private static func tensor(_ values: [Float], _ rows: Int, _ hidden: Int) throws -> Tensor {
    try Tensor(values, shape: Shape(checking: [rows, hidden]))
  }

  /// A study with four rows of two numbers, its first trial handed out.
  private func vectorStudy(_ fixture: CalibratorFixture) throws -> (StudyID, TrialID) {
    let id = try fixture.study()
    try fixture.calibrator.putBaseline(
      id, lastToken: Self.tensor(Self.baseline, 4, 2), sampleIDs: ["a", "a", "b", "b"])
    return (id, try fixture.calibrator.ask(id)[0].id)
  }

  private func code(_ body: () throws -> Void) -> CalibrationError.Code? {
    CalibrationError.Code.thrown(by: body)
  }

  @Test func `a value is taken once, and again when it is the same`() throws {
    let fixture = try CalibratorFixture()
    let id = try fixture.study()
    let trial = try fixture.calibrator.ask(id)[0].id
    let told = try fixture.calibrator.tell(id, trial: trial, .value(0.5, standardError: 0.1))
    #expect(told.state == .succeeded && told.lease == nil && told.completedAt != nil)
    fixture.clock.advance(seconds: 10)
    #expect(try fixture.calibrator.tell(id, trial: trial, .value(0.5, standardError: 0.1)) == told)
    for other in [
      TrialOutcome.value(0.5, standardError: nil), .value(0.6, standardError: 0.1),
      .infeasible("no"),
    ] {
      let error = #expect(throws: CalibrationError.self) {
        try fixture.calibrator.tell(id, trial: trial, other)
      }
      #expect(error?.code == .trialAlreadyComplete && error?.state == "succeeded")
    }
    #expect(try fixture.calibrator.trial(trial, of: id) == told)
  }

  @Test func `vectors are compared with the baseline row by row`() throws {
    let fixture = try CalibratorFixture()
    let (id, trial) = try vectorStudy(fixture)
    let pruned: [Float] = [1, 0, 0, -1, 1, 0, .nan, 1]
    let told = try fixture.calibrator.tell(
      id, trial: trial, .rows(.lastToken(Self.tensor(pruned, 4, 2))))
    let values = try #require(try fixture.calibrator.record(of: trial, in: id).rowValues)
    #expect(values.rows == [0, 1, 2, 3])
    #expect(values.values[0] == 1 && values.values[1] == -1 && values.values[3] == 0)
    #expect(abs(values.values[2] - 0.5.squareRoot()) < 1e-6)
    #expect(values.nonFinite == [3])
    #expect(told.measurement?.nonFinite == 1)
    #expect(told.measurement?.rows == 4 && told.measurement?.samples == 2)
    // Sample a has mean 0 and b about 0.354: the error of a mean of two such samples.
    let half = 0.5.squareRoot() / 4
    #expect(abs((told.measurement?.standardError ?? 0) - half) < 1e-6)
    #expect(
      try fixture.calibrator.tell(
        id, trial: trial, .rows(.lastToken(Self.tensor(pruned, 4, 2)))) == told)
  }

  @Test func `a baseline comes once`() throws {
    let fixture = try CalibratorFixture()
    let (id, _) = try vectorStudy(fixture)
    let before = try fixture.calibrator.study(id)
    let same = try fixture.calibrator.putBaseline(
      id, lastToken: Self.tensor(Self.baseline, 4, 2), sampleIDs: ["a", "a", "b", "b"])
    #expect(same == before)
    #expect(
      code {
        try fixture.calibrator.putBaseline(
          id, lastToken: Self.tensor(Self.baseline, 4, 2), sampleIDs: nil)
      } == .baselineConflict)
    var other = Self.baseline
    other[7] = 0.5
    #expect(
      code {
        try fixture.calibrator.putBaseline(
          id, lastToken: Self.tensor(other, 4, 2), sampleIDs: ["a", "a", "b", "b"])
      } == .baselineConflict)
    // The digest can be checked with sha256sum of the raw little-endian values.
    #expect(
      before.calibrationSet?.digest
        == "e0900803aa730fea460bca2bd7e7e40a42ad6cfd5e90252aa4f861a10e3f4c98")
  }

  @Test func `wrong baselines are refused`() throws {
    let fixture = try CalibratorFixture()
    let id = try fixture.study()
    let calibrator = fixture.calibrator
    #expect(
      code { try calibrator.putBaseline(id, lastToken: nil, sampleIDs: nil) } == .missingValue)
    #expect(
      code {
        try calibrator.putBaseline(
          id, lastToken: Self.tensor(Self.baseline, 4, 2), sampleIDs: ["a"])
      } == .shapeMismatch)
    #expect(
      code {
        try calibrator.putBaseline(
          id, lastToken: Tensor([1, 2], shape: Shape(checking: [2])), sampleIDs: nil)
      } == .shapeMismatch)
    #expect(
      code {
        try calibrator.putBaseline(
          id, lastToken: Self.tensor([1, .infinity], 1, 2), sampleIDs: nil)
      } == .nonFiniteValue)
    let bytes = TensorStorage(byteCount: 4) { _ in }
    #expect(
      code {
        try calibrator.putBaseline(
          id,
          lastToken: Tensor(
            dtype: .uint8, shape: Shape(checking: [2, 2]), storage: bytes), sampleIDs: nil)
      } == .unsupportedDType)
    #expect(code { try calibrator.putBaseline(id, lastToken: nil, sampleIDs: []) } != nil)
    #expect(try calibrator.study(id).calibrationSet == nil)
  }

  @Test func `wrong outcomes are refused and lose nothing`() throws {
    let fixture = try CalibratorFixture()
    let (id, trial) = try vectorStudy(fixture)
    let calibrator = fixture.calibrator
    let bare = try fixture.study("bare")
    let first = TrialID(number: 1)
    func tell(_ outcome: TrialOutcome, _ study: StudyID? = nil) -> CalibrationError.Code? {
      code { try calibrator.tell(study ?? id, trial: trial, outcome) }
    }
    #expect(tell(.value(.nan, standardError: nil)) == .nonFiniteValue)
    #expect(tell(.value(1, standardError: -1)) == .valueOutOfRange)
    #expect(tell(.rows(.values([1, 2]))) == .shapeMismatch)
    #expect(tell(.rows(.values([]))) == .shapeMismatch)
    #expect(tell(.rows(.lastToken(try Self.tensor([1, 2, 3, 4], 2, 2)))) == .shapeMismatch)
    #expect(
      tell(.rows(.lastToken(try Self.tensor(Self.baseline + [1, 1, 1, 1], 4, 3)))) == .shapeMismatch
    )
    #expect(tell(.reported) == .shapeMismatch)
    #expect(tell(.infeasible("")) == .valueOutOfRange)
    #expect(tell(.infeasible(String(repeating: "x", count: 257))) == .valueOutOfRange)
    #expect(tell(.rows(.values([1])), bare) == .baselineMissing)
    #expect(
      code { try calibrator.tell(id, trial: TrialID(number: 9), .value(1, standardError: nil)) }
        == .trialNotFound)
    #expect(try calibrator.trial(first, of: id).state == .active)
    #expect(tell(.value(1, standardError: nil)) == nil)
  }

  @Test func `numbers whose squares leave the range are refused, great ones work`() throws {
    let fixture = try CalibratorFixture()
    let id = try fixture.study()
    let calibrator = fixture.calibrator
    try calibrator.putBaseline(id, lastToken: nil, sampleIDs: ["a", "b"])
    let trials = try calibrator.ask(id, count: 12)
    for outcome in [
      TrialOutcome.value(0.5, standardError: 1e155), .value(-1e155, standardError: nil),
      .value(0.5, standardError: .infinity), .value(0.5, standardError: .nan),
      .rows(.values([1e200, -1e200])),
    ] {
      #expect(code { try calibrator.tell(id, trial: trials[0].id, outcome) } == .valueOutOfRange)
    }
    #expect(
      code { _ = try calibrator.report(id, trial: trials[0].id, .values([1e101])) }
        == .valueOutOfRange)
    for (index, trial) in trials.enumerated() {
      let value = index.isMultiple(of: 2) ? 1e100 : -1e100
      let told = try calibrator.tell(
        id, trial: trial.id,
        index < 6 ? .rows(.values([value, -value])) : .value(value, standardError: 1e100))
      #expect(told.measurement?.standardError?.isFinite == true)
    }
    #expect(try calibrator.ask(id).count == 1)
    #expect(try calibrator.best(of: id).trial.measurement?.value == 1e100)
  }

  @Test func `an interrupted comparison says so`() throws {
    let fixture = try CalibratorFixture()
    let (id, trial) = try vectorStudy(fixture)
    let calibrator = try Calibrator(
      store: fixture.store, pruner: Pruner(kernels: .best).interrupted { true },
      clock: { Timestamp(millisecondsSince1970: 0) })
    let vectors = try Self.tensor(Self.baseline, 4, 2)
    #expect(
      code { try calibrator.tell(id, trial: trial, .rows(.lastToken(vectors))) } == .interrupted)
  }

  @Test func `vectors need a baseline of vectors`() throws {
    let fixture = try CalibratorFixture()
    let id = try fixture.study()
    try fixture.calibrator.putBaseline(id, lastToken: nil, sampleIDs: ["a", "b"])
    let trial = try fixture.calibrator.ask(id)[0].id
    let vectors = try Self.tensor([1, 2, 3, 4], 2, 2)
    #expect(
      code { try fixture.calibrator.tell(id, trial: trial, .rows(.lastToken(vectors))) }
        == .baselineMissing)
    let told = try fixture.calibrator.tell(id, trial: trial, .rows(.values([0.5, .nan])))
    #expect(told.measurement?.value == 0.25 && told.measurement?.nonFinite == 1)
  }

  @Test func `a late outcome is taken, whoever holds the trial now`() throws {
    let fixture = try CalibratorFixture()
    let id = try fixture.study()
    let trial = try fixture.calibrator.ask(id, clientID: "a", leaseSeconds: 10)[0].id
    fixture.clock.advance(seconds: 60)
    #expect(try fixture.calibrator.ask(id, clientID: "b")[0].id == trial)
    let told = try fixture.calibrator.tell(id, trial: trial, .value(0.7, standardError: nil))
    #expect(told.state == .succeeded)
    #expect(
      code { try fixture.calibrator.tell(id, trial: trial, .value(0.8, standardError: nil)) }
        == .trialAlreadyComplete)
    #expect(try fixture.calibrator.best(of: id).trial.measurement?.value == 0.7)
  }

  @Test func `reports add up to an outcome`() throws {
    let fixture = try CalibratorFixture()
    let (id, trial) = try vectorStudy(fixture)
    let first = try fixture.calibrator.report(
      id, trial: trial, rows: [3, 0], .lastToken(Self.tensor([1, 0, 1, 0], 2, 2)))
    #expect(!first.shouldStop && first.trial.measurement?.rows == 2)
    #expect(code { try fixture.calibrator.tell(id, trial: trial, .reported) } == .shapeMismatch)
    _ = try fixture.calibrator.report(
      id, trial: trial, rows: [1, 2], .lastToken(Self.tensor([0, 2, 3, 3], 2, 2)))
    let told = try fixture.calibrator.tell(id, trial: trial, .reported)
    #expect(abs((told.measurement?.value ?? 0) - 1) < 1e-6)
    #expect(told.reports == 2)
    let again = try fixture.calibrator.tell(
      id, trial: trial, .rows(.lastToken(Self.tensor([1, 0, 0, 2, 3, 3, 1, 0], 4, 2))))
    #expect(again == told, "the same rows at once are the same outcome")
  }

  @Test func `wrong reports are refused`() throws {
    let fixture = try CalibratorFixture()
    let (id, trial) = try vectorStudy(fixture)
    for rows in [[0, 0], [-1, 0], [0, 4]] {
      let error = #expect(throws: CalibrationError.self) {
        try fixture.calibrator.report(id, trial: trial, rows: rows, .values([1, 1]))
      }
      #expect(error?.code == .valueOutOfRange && error?.field == .rows)
    }
    #expect(
      code { _ = try fixture.calibrator.report(id, trial: trial, rows: [0], .values([1, 1])) }
        == .shapeMismatch)
    try fixture.calibrator.tell(id, trial: trial, .value(1, standardError: nil))
    #expect(
      code { _ = try fixture.calibrator.report(id, trial: trial, rows: [0], .values([1])) }
        == .trialAlreadyComplete)
  }

  @Test func `a clearly worse trial should stop, and can still be told`() throws {
    let fixture = try CalibratorFixture()
    let id = try fixture.measuredStudy(rows: 30)
    let trial = try fixture.calibrator.ask(id, clientID: "a")[0].id
    let few = try fixture.calibrator.report(id, trial: trial, .values([0.1, 0.1, 0.12]))
    #expect(!few.shouldStop, "three samples show nothing")
    let values = (0..<8).map { 0.1 + 0.01 * Double($0 % 4) }
    let answer = try fixture.calibrator.report(id, trial: trial, .values(values))
    #expect(answer.shouldStop && answer.trial.state == .stopped)
    let estimate = try #require(answer.trial.estimate)
    #expect(estimate.value < 0.3 && estimate.value > 0)
    let again = try fixture.calibrator.report(id, trial: trial, .values(values))
    #expect(again == answer, "a repeated report is answered alike")
    #expect(try fixture.calibrator.ask(id, clientID: "a")[0].id != trial)
    #expect(try fixture.calibrator.best(of: id).measured == 2)
    let partial = code {
      try fixture.calibrator.tell(id, trial: trial, .value(0.9, standardError: nil))
    }
    #expect(partial == .trialAlreadyComplete, "the mean of some rows is not the trial's value")
    #expect(try fixture.calibrator.trial(trial, of: id) == answer.trial)
    let told = try fixture.calibrator.tell(
      id, trial: trial, .rows(.values(Array(repeating: 0.9, count: 30))))
    #expect(told.state == .succeeded && told.estimate == nil)
    #expect(try fixture.calibrator.best(of: id).trial.id == trial)
  }

  @Test func `the default strategy is never stopped`() throws {
    let fixture = try CalibratorFixture()
    let id = try fixture.study()
    try fixture.calibrator.putBaseline(id, lastToken: nil, sampleIDs: (0..<20).map(String.init))
    let trials = try fixture.calibrator.ask(id, count: 2)
    try fixture.calibrator.tell(
      id, trial: trials[1].id, .rows(.values(Array(repeating: 0.9, count: 20))))
    let answer = try fixture.calibrator.report(
      id, trial: trials[0].id, .values(Array(repeating: 0.1, count: 15)))
    #expect(!answer.shouldStop)
  }

  @Test func `old results are imported once`() throws {
    let fixture = try CalibratorFixture()
    let id = try fixture.study()
    let space = try fixture.calibrator.space(of: fixture.calibrator.study(id))
    var inside = space.strategy(at: [0.4, 0.5, 20, 9, 0.2])
    let outside = PruningStrategy(
      globalThreshold: 80, recyclingCellSize: 30, layers: 28,
      stages: [
        PruningStage(layer: 0, retainRatio: 0.3), PruningStage(layer: 9, retainRatio: 0.8),
        PruningStage(layer: 18),
      ])
    inside.tokenBudget = nil
    let imports = [
      ImportedTrial(strategy: inside, outcome: .value(0.5, standardError: 0.1)),
      ImportedTrial(strategy: outside, outcome: .value(0.9, standardError: nil)),
      ImportedTrial(strategy: outside, outcome: .infeasible("too slow")),
    ]
    let trials = try fixture.calibrator.importTrials(imports, into: id)
    #expect(trials.map(\.id.number) == [2, 3, 4])
    #expect(trials.map(\.state) == [.succeeded, .succeeded, .infeasible])
    #expect(trials[0].point != nil && trials[1].point == nil)
    #expect(try fixture.calibrator.importTrials(imports, into: id) == trials, "again adds none")
    #expect(try fixture.calibrator.best(of: id).trial.id.number == 3)
    #expect(try fixture.calibrator.ask(id, count: 2).map(\.id.number) == [1, 5])
  }

  @Test func `one wrong import keeps all others out`() throws {
    let fixture = try CalibratorFixture()
    let id = try fixture.study()
    let space = try fixture.calibrator.space(of: fixture.calibrator.study(id))
    let good = ImportedTrial(
      strategy: space.strategy(at: [0.4, 0.5, 20, 9, 0.2]), outcome: .value(1, standardError: nil))
    var other = good.strategy
    other.layers = 30
    var unbalanced = good.strategy
    unbalanced.stages[0].retainRatio = 0.9
    for (strategy, expected) in [
      (other, CalibrationError.Code.valueOutOfRange), (unbalanced, .invalidStrategy),
    ] {
      let error = #expect(throws: CalibrationError.self) {
        try fixture.calibrator.importTrials(
          [good, ImportedTrial(strategy: strategy, outcome: .value(1, standardError: nil))],
          into: id)
      }
      #expect(error?.code == expected && error?.item == 1)
    }
    #expect(
      code {
        _ = try fixture.calibrator.importTrials(
          [ImportedTrial(strategy: good.strategy, outcome: .reported)], into: id)
      } == .valueOutOfRange)
    #expect(try fixture.calibrator.study(id).trialCount == 1)
  }
}
