import Testing
import TokenPruning

@testable import Calibration

@Suite struct CalibratorReadingTests {
  private func code(_ body: () throws -> Void) -> CalibrationError.Code? {
    CalibrationError.Code.thrown(by: body)
  }

  @Test func `studies are listed, found and deleted by name`() throws {
    let fixture = try CalibratorFixture()
    let calibrator = fixture.calibrator
    let id = try fixture.study("b", model: "llava", seed: 3)
    try fixture.study("a")
    #expect(try calibrator.studies().map(\.id.description) == ["a", "b"])
    let study = try calibrator.study(id)
    #expect(study.specification.model == "llava" && study.specification.seed == 3)
    #expect(study.createdAt == fixture.clock.now && study.state == .active)
    #expect(code { try fixture.study("b") } == .studyExists)
    try calibrator.deleteStudy(id)
    #expect(code { _ = try calibrator.study(id) } == .studyNotFound)
    #expect(code { try calibrator.deleteStudy(id) } == .studyNotFound)
    try fixture.study("b")
    #expect(try calibrator.study(id).specification.model == nil)
  }

  @Test(arguments: ["", "a/b", "ä", ".a", "-", String(repeating: "a", count: 65), "a b", "a@b"])
  func `names that could be misread are refused`(_ name: String) {
    #expect(code { _ = try StudyID(name) } == .invalidName)
  }

  @Test(arguments: ["0", "-1", "01", "+1", "x", "", "99999999999999999999"])
  func `what is no number names no trial`(_ text: String) {
    #expect(code { _ = try TrialID(text) } == .trialNotFound)
  }

  @Test func `a default strategy of one's own is the first trial`() throws {
    let fixture = try CalibratorFixture()
    let own = PruningStrategy(
      globalThreshold: 70, recyclingCellSize: 2, layers: 28,
      stages: [
        PruningStage(layer: 0, retainRatio: 0.3), PruningStage(layer: 9, retainRatio: 0.8),
        PruningStage(layer: 18),
      ])
    let id = try StudyID("own")
    var specification = StudySpecification(shape: CalibratorFixture.shape)
    specification.defaultStrategy = own
    _ = try fixture.calibrator.createStudy(id, specification)
    let first = try fixture.calibrator.ask(id)[0]
    #expect(first.strategy.globalThreshold == 70 && first.point == nil)
    #expect(first.strategy.stages[2].retainRatio != nil)
    specification.defaultStrategy?.layers = 29
    let error = #expect(throws: CalibrationError.self) {
      try fixture.calibrator.createStudy(StudyID("other"), specification)
    }
    #expect(error?.field == .defaultStrategy)
  }

  @Test func `the best is the highest value, told against the default strategy`() throws {
    let fixture = try CalibratorFixture()
    let calibrator = fixture.calibrator
    let empty = try fixture.study("empty")
    #expect(code { _ = try calibrator.best(of: empty) } == .nothingMeasured)
    let id = try fixture.measuredStudy(rows: 8, perSample: 2)
    let alone = try calibrator.best(of: id)
    #expect(alone.isDefault && alone.measured == 1)
    let trials = try calibrator.ask(id, count: 2)
    let values = [0.6, 0.7, 0.6, 0.65, 0.7, 0.6, 0.62, 0.66]
    try calibrator.tell(id, trial: trials[0].id, .rows(.values(values)))
    try calibrator.tell(
      id, trial: trials[1].id, .rows(.values(Array(repeating: 0.1, count: 8))))
    let best = try calibrator.best(of: id)
    #expect(best.trial.id == trials[0].id && best.defaultTrial.id.number == 1)
    #expect(best.measured == 3)
    let advantage = try #require(best.advantage)
    #expect(advantage.samples == 4 && advantage.trials == 2)
    #expect(abs(advantage.mean - (values.reduce(0, +) / 8 - 0.516_25)) < 1e-12)
    #expect((advantage.probability ?? 0) > 0.95)
    #expect((advantage.probabilityAfterSelection ?? 1) < (advantage.probability ?? 0))
    #expect(try calibrator.best(of: id) == best, "stable between tells")
  }

  @Test func `of equal values the oldest is the best`() throws {
    let fixture = try CalibratorFixture()
    let id = try fixture.study()
    for trial in try fixture.calibrator.ask(id, count: 3).reversed() {
      try fixture.calibrator.tell(id, trial: trial.id, .value(0.5, standardError: nil))
    }
    #expect(try fixture.calibrator.best(of: id).isDefault)
  }

  @Test func `the history is the order of outcomes`() throws {
    let fixture = try CalibratorFixture()
    let id = try fixture.study()
    let trials = try fixture.calibrator.ask(id, count: 3)
    for (index, value) in [(2, 0.3), (0, 0.2), (1, 0.4)] {
      fixture.clock.advance(seconds: 1)
      try fixture.calibrator.tell(id, trial: trials[index].id, .value(value, standardError: nil))
    }
    let history = try fixture.calibrator.history(of: id)
    #expect(history.map(\.trial.id.number) == [3, 1, 2])
    #expect(history.map(\.best.number) == [3, 3, 2])
    #expect(history.map(\.bestValue) == [0.3, 0.3, 0.4])
  }

  @Test func `importances find the parameter that matters`() throws {
    let fixture = try CalibratorFixture()
    let id = try fixture.study(
      parameters: [.recyclingCellSize: .init(8, 8), .retainRatio(0): .init(0.3, 0.3)])
    #expect(code { _ = try fixture.calibrator.importances(of: id) } == .nothingMeasured)
    for trial in try fixture.calibrator.ask(id, count: 16) {
      let threshold = ((trial.strategy.globalThreshold ?? 0) - 20) / 50
      let weight = 0.05 * trial.strategy.entropyWeight
      try fixture.calibrator.tell(
        id, trial: trial.id, .value(weight - threshold * threshold, standardError: 0.001))
    }
    let importances = try fixture.calibrator.importances(of: id)
    #expect(importances.count == 3)
    #expect(importances[0].parameter == .globalThreshold && importances[0].importance > 0.6)
    #expect(abs(importances.reduce(0) { $0 + $1.importance } - 1) < 1e-9)
  }

  @Test func `studies of several budgets make a front`() throws {
    let fixture = try CalibratorFixture()
    let calibrator = fixture.calibrator
    func measured(_ name: String, _ budget: Double, _ value: Double, model: String) throws {
      let id = try fixture.study(
        name, model: model,
        shape: StrategyShape(layers: 28, stageLayers: [9, 18], tokenBudget: budget))
      let trial = try calibrator.ask(id)[0]
      try calibrator.tell(id, trial: trial.id, .value(value, standardError: nil))
    }
    try measured("half", 0.5, 0.9, model: "m")
    try measured("tenth", 0.1, 0.6, model: "m")
    try measured("quarter", 0.25, 0.5, model: "m")
    try measured("other", 0.25, 1, model: "n")
    let front = try calibrator.pareto(of: StudyID("quarter"))
    #expect(front.map(\.study.description) == ["tenth", "quarter", "half"])
    #expect(front.map(\.isOptimal) == [true, false, true])
    let alone = try fixture.study("alone")
    #expect(try calibrator.pareto(of: alone).isEmpty)
  }

  @Test func `an export holds everything`() throws {
    let fixture = try CalibratorFixture()
    let id = try fixture.measuredStudy(rows: 4)
    let trial = try fixture.calibrator.ask(id)[0]
    try fixture.calibrator.tell(id, trial: trial.id, .infeasible("too \"slow\", alas"))
    let export = try fixture.calibrator.export(id)
    #expect(export.records.count == 2)
    #expect(export.records.map { $0.rowValues?.rows.count } == [4, nil])
    let lines = export.csv.split(separator: "\r\n").map(String.init)
    #expect(lines.count == 3)
    #expect(lines[0].hasPrefix("trial,state,origin,value,standard_error"))
    #expect(lines[0].hasSuffix("global_threshold,recycling_cell_size,entropy_weight"))
    #expect(lines[1].hasPrefix("1,succeeded,default,0.5"))
    #expect(lines[2].contains("\"too \"\"slow\"\", alas\""))
  }

  @Test func `texts are bounded`() throws {
    let fixture = try CalibratorFixture()
    #expect(
      code { try fixture.study(model: String(repeating: "m", count: 257)) } == .valueOutOfRange)
    let id = try fixture.study()
    #expect(
      code {
        try fixture.calibrator.putBaseline(id, lastToken: nil, sampleIDs: ["a", ""])
      } == .valueOutOfRange)
  }
}
