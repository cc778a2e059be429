import Tensors
import Testing
import TokenPruning
import VectorKernels

@testable import Calibration

/// A calibrator with a clock of its own, and short words for what tests often do.
struct CalibratorFixture {
  let clock: TestClock
  let store: any StudyStore
  let calibrator: Calibrator

  init(
    store: any StudyStore = InMemoryStudyStore(), limits: CalibrationLimits = CalibrationLimits()
  ) throws {
    let clock = TestClock()
    self.clock = clock
    self.store = store
    calibrator = try Calibrator(
      store: store, pruner: Pruner(kernels: .best), limits: limits, clock: { clock.now })
  }

  static let shape = StrategyShape(layers: 28, stageLayers: [9, 18], tokenBudget: 0.25)

  @discardableResult
  func study(
    _ name: String = "study", model: String? = nil, shape: StrategyShape = shape, seed: UInt64 = 0,
    parameters: [ParameterName: ParameterBounds] = [:]
  ) throws -> StudyID {
    let id = try StudyID(name)
    _ = try calibrator.createStudy(
      id,
      StudySpecification(model: model, shape: shape, seed: seed, parameters: parameters))
    return id
  }

  /// A study whose default trial is measured, with a baseline of `rows` sample names.
  func measuredStudy(rows: Int, perSample: Int = 1, value: Double = 0.5) throws -> StudyID {
    let id = try study()
    try calibrator.putBaseline(
      id, lastToken: nil, sampleIDs: (0..<rows).map { "sample-\($0 / perSample)" })
    let trial = try calibrator.ask(id)[0]
    try calibrator.tell(
      id, trial: trial.id, .rows(.values((0..<rows).map { value + 0.01 * Double($0 % 5) })))
    return id
  }
}

extension CalibrationError.Code {
  /// The code that a body fails with; nil when it does not fail.
  static func thrown(by body: () throws -> Void) -> CalibrationError.Code? {
    do {
      try body()
      return nil
    } catch {
      return (error as? CalibrationError)?.code
    }
  }
}
