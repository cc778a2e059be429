import TestSupport
import Testing

@testable import Calibration

@Suite struct CalibratorPublishingTests {
  /// A study of ten samples whose second trial is better than the default by these differences.
  private func study(_ fixture: CalibratorFixture, differences: [Double]) throws -> StudyID {
    let id = try fixture.study(model: "llava", seed: 9)
    try fixture.calibrator.putBaseline(
      id, lastToken: nil, sampleIDs: differences.indices.map { "s\($0)" })
    let trials = try fixture.calibrator.ask(id, count: 2)
    let base = differences.indices.map { 0.5 + 0.03 * Double($0 % 4) }
    try fixture.calibrator.tell(id, trial: trials[0].id, .rows(.values(base)))
    try fixture.calibrator.tell(
      id, trial: trials[1].id, .rows(.values(zip(base, differences).map { $0 + $1 })))
    return id
  }

  @Test func `a strategy that is better is published with its provenance`() throws {
    let fixture = try CalibratorFixture()
    let id = try study(fixture, differences: [0.1, 0.12, 0.09, 0.11, 0.1, 0.13, 0.1, 0.08])
    let answer = try fixture.calibrator.publish(
      id, PublishRequest(name: StrategyID("llava-tuned@v1")))
    #expect(answer.strategy.id.description == "llava-tuned@v1" && answer.strategy.isPromoted)
    #expect(answer.strategy.strategy == answer.trial.trial.strategy)
    let provenance = try #require(answer.strategy.provenance)
    #expect(provenance.study == "study" && provenance.trial == 2 && provenance.trials == 2)
    #expect(provenance.model == "llava" && provenance.seed == 9 && provenance.layers == 28)
    #expect(provenance.tokenBudget == 0.25 && provenance.samples == 8 && !provenance.isForced)
    #expect(provenance.objective == "last_token_cosine_similarity")
    #expect(provenance.dataDigest?.count == 64 && (provenance.advantage?.probability ?? 0) > 0.99)
    #expect(fixture.calibrator.strategy(named: "llava-tuned") == answer.strategy)
    let again = try fixture.calibrator.publish(
      id, PublishRequest(name: StrategyID("llava-tuned@v1")))
    #expect(again == answer, "again is no fault")
    try fixture.calibrator.deleteStudy(id)
    #expect(fixture.calibrator.strategy(named: "llava-tuned") != nil, "it outlives the study")
  }

  static let refused: [[Double]] = [
    [-0.1, -0.1, -0.12, -0.1], [0, 0, 0, 0], [0.3, -0.2, 0.25, -0.2],
  ]

  @Test(arguments: refused)
  func `a strategy that may be no better is published only by force`(
    _ differences: [Double]
  ) throws {
    let fixture = try CalibratorFixture()
    let id = try study(fixture, differences: differences)
    var request = PublishRequest(name: try StrategyID("tuned"))
    let error = #expect(throws: CalibrationError.self) {
      try fixture.calibrator.publish(id, request)
    }
    #expect(error?.code == .notBetterThanDefault)
    #expect(fixture.calibrator.strategy(named: "tuned") == nil)
    request.force = true
    let answer = try fixture.calibrator.publish(id, request)
    #expect(answer.strategy.provenance?.isForced == true, "and it says so")
  }

  @Test func `the demanded probability is the caller's choice`() throws {
    let fixture = try CalibratorFixture()
    let id = try study(fixture, differences: [0.3, -0.2, 0.25, -0.2])
    var request = PublishRequest(name: try StrategyID("tuned"))
    request.minimumProbability = 0.4
    #expect(try fixture.calibrator.publish(id, request).strategy.provenance?.isForced == false)
    request.minimumProbability = 1.5
    let code = CalibrationError.Code.thrown { _ = try fixture.calibrator.publish(id, request) }
    #expect(code == .valueOutOfRange)
  }

  @Test func `without a measured default nothing is shown to be better`() throws {
    let fixture = try CalibratorFixture()
    let id = try fixture.study()
    let request = PublishRequest(name: try StrategyID("tuned"))
    func code() -> CalibrationError.Code? {
      CalibrationError.Code.thrown { _ = try fixture.calibrator.publish(id, request) }
    }
    #expect(code() == .nothingMeasured)
    let trials = try fixture.calibrator.ask(id, count: 2)
    try fixture.calibrator.tell(id, trial: trials[1].id, .value(0.9, standardError: nil))
    #expect(code() == .notBetterThanDefault)
    try fixture.calibrator.tell(id, trial: trials[0].id, .value(0.5, standardError: nil))
    #expect(code() == .notBetterThanDefault, "nothing is known about plain values")
    var forced = request
    forced.force = true
    #expect(try fixture.calibrator.publish(id, forced).strategy.provenance?.isForced == true)
  }

  @Test(arguments: [(0.01, true), (0.2, false)])
  func `errors that were told decide about plain values`(_ error: Double, _ isSure: Bool) throws {
    let fixture = try CalibratorFixture()
    let id = try fixture.study()
    let trials = try fixture.calibrator.ask(id, count: 2)
    try fixture.calibrator.tell(id, trial: trials[0].id, .value(0.5, standardError: 0.01))
    try fixture.calibrator.tell(id, trial: trials[1].id, .value(0.6, standardError: error))
    let request = PublishRequest(name: try StrategyID("tuned"))
    let code = CalibrationError.Code.thrown { try fixture.calibrator.publish(id, request) }
    #expect(code == (isSure ? nil : .notBetterThanDefault))
  }

  @Test(arguments: [[0.1, 0.1], [0.1, 0.11, 0.12], Array(repeating: 1e-9, count: 12)])
  func `few samples and rounding show nothing`(_ differences: [Double]) throws {
    let fixture = try CalibratorFixture()
    let id = try study(fixture, differences: differences)
    let request = PublishRequest(name: try StrategyID("tuned"))
    let code = CalibrationError.Code.thrown { try fixture.calibrator.publish(id, request) }
    #expect(code == .notBetterThanDefault)
  }

  @Test func `the luckiest of many equal trials is not published`() throws {
    let seed: UInt64 = 11
    var generator = SeededGenerator(seed: seed)
    func noise() -> Double {
      (0..<6).reduce(0) { sum, _ in sum + Double.random(in: -0.1...0.1, using: &generator) }
    }
    var published = 0
    for _ in 0..<40 {
      let fixture = try CalibratorFixture()
      let id = try fixture.study()
      try fixture.calibrator.putBaseline(
        id, lastToken: nil, sampleIDs: (0..<30).map(String.init))
      let space = try fixture.calibrator.space(of: fixture.calibrator.study(id))
      let first = try fixture.calibrator.ask(id)[0]
      try fixture.calibrator.tell(
        id, trial: first.id, .rows(.values((0..<30).map { _ in noise() })))
      let imports = (0..<49).map { index in
        ImportedTrial(
          strategy: space.strategy(at: [0.4, 0.5, 20, Double(index % 9 + 1), 0.01 * Double(index)]),
          outcome: .rows(.values((0..<30).map { _ in noise() })))
      }
      _ = try fixture.calibrator.importTrials(imports, into: id)
      let request = PublishRequest(name: try StrategyID("tuned"))
      if CalibrationError.Code.thrown(by: { try fixture.calibrator.publish(id, request) }) == nil {
        published += 1
      }
    }
    #expect(published <= 8, "\(published) of 40, seed \(seed)")
  }

  @Test func `a trial can be chosen, promoted or not`() throws {
    let fixture = try CalibratorFixture()
    let id = try study(fixture, differences: [0.1, 0.12, 0.09, 0.11])
    let open = try fixture.calibrator.ask(id)[0]
    var request = PublishRequest(name: try StrategyID("tuned"))
    try fixture.calibrator.publish(id, request)
    request.trial = TrialID(number: 1)
    request.force = true
    request.promote = false
    let answer = try fixture.calibrator.publish(id, request)
    #expect(answer.strategy.id.version == "2" && !answer.strategy.isPromoted)
    #expect(fixture.calibrator.strategy(named: "tuned")?.id.version == "1")
    request.trial = open.id
    #expect(
      CalibrationError.Code.thrown { _ = try fixture.calibrator.publish(id, request) }
        == .nothingMeasured)
    request.trial = TrialID(number: 77)
    #expect(
      CalibrationError.Code.thrown { _ = try fixture.calibrator.publish(id, request) }
        == .trialNotFound)
  }
}
