import BayesianOptimization
import Testing

@testable import Calibration

@Suite struct StudyOptimizerTests {
  private static let rows = 12

  /// The strategies suggested when all trials share what their samples differ by.
  private func strategies(sharing offset: Double, byRow: Bool) throws -> [[Double]] {
    let fixture = try CalibratorFixture()
    let id = try fixture.study(seed: 3)
    try fixture.calibrator.putBaseline(
      id, lastToken: nil, sampleIDs: (0..<Self.rows).map { "s\($0)" })
    return try (0..<16).map { _ in
      let trial = try fixture.calibrator.ask(id)[0]
      let point = trial.point ?? []
      let value = -point.reduce(0) { $0 + ($1 - 0.3) * ($1 - 0.3) } * 0.01
      // Offsets and values are multiples of a power of two, so that the mean is exact.
      let coarse = (value * 0x1p20).rounded() * 0x1p-20
      let rows = (0..<Self.rows).map { coarse + ($0.isMultiple(of: 2) ? offset : -offset) }
      try fixture.calibrator.tell(
        id, trial: trial.id,
        byRow ? .rows(.values(rows)) : .value(coarse, standardError: nil))
      return point
    }
  }

  @Test func `what all trials have in common is no noise between them`() throws {
    let plain = try strategies(sharing: 0, byRow: false)
    #expect(try strategies(sharing: 0.5, byRow: true) == plain)
    #expect(try strategies(sharing: 64, byRow: true) == plain)
  }

  @Test func `a stopped trial is as uncertain as its difference to the best`() throws {
    let fixture = try CalibratorFixture()
    let id = try fixture.study()
    let offsets = (0..<30).map { $0.isMultiple(of: 2) ? 5.0 : -5 }
    try fixture.calibrator.putBaseline(id, lastToken: nil, sampleIDs: (0..<30).map(String.init))
    let trials = try fixture.calibrator.ask(id, count: 2)
    try fixture.calibrator.tell(id, trial: trials[0].id, .rows(.values(offsets)))
    let seen = (0..<15).map { offsets[$0] - 0.2 + 0.01 * Double($0 % 3) }
    let answer = try fixture.calibrator.report(id, trial: trials[1].id, .values(seen))
    #expect(answer.shouldStop)
    let study = try fixture.calibrator.study(id)
    let optimizer = StudyOptimizer(study: study, space: try fixture.calibrator.space(of: study))
    let observations = try optimizer.observations(of: fixture.calibrator.trials(of: id))
    #expect(observations.map { $0.noiseVariance == nil } == [true, false])
    // The spread of the differences, 0.0082, over the root of 15, of which half can still change.
    let error = (observations[1].noiseVariance ?? 1).squareRoot()
    #expect(abs(error - 0.008_452 / 15.0.squareRoot() * (15.0 / 29).squareRoot()) < 1e-5)
    #expect(abs(observations[1].value + 0.19) < 1e-9)
  }
}
