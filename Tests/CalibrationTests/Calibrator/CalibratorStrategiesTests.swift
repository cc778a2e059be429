import Testing
import TokenPruning

@testable import Calibration

@Suite struct CalibratorStrategiesTests {
  private func code(_ body: () throws -> Void) -> CalibrationError.Code? {
    CalibrationError.Code.thrown(by: body)
  }

  private func strategy(_ threshold: Double) throws -> PruningStrategy {
    var strategy = DefaultBounds.strategy(in: try StrategySpace(CalibratorFixture.shape))
    strategy.globalThreshold = threshold
    return strategy
  }

  private func id(_ text: String) throws -> StrategyID { try StrategyID(text) }

  @Test func `a bare name gets numbered versions and stands for the newest`() throws {
    let calibrator = try CalibratorFixture().calibrator
    let first = try calibrator.putStrategy(id("mine"), strategy(1))
    let second = try calibrator.putStrategy(id("mine"), strategy(2))
    #expect([first, second].map(\.id.description) == ["mine@1", "mine@2"])
    #expect(calibrator.strategy(named: "mine") == second && second.isPromoted)
    #expect(calibrator.strategy(named: "mine@1")?.strategy.globalThreshold == 1)
    #expect(calibrator.strategy(named: "mine@1")?.isPromoted == false)
    #expect(calibrator.strategy(named: "mine@3") == nil && calibrator.strategy(named: "") == nil)
  }

  @Test func `a named version never changes`() throws {
    let calibrator = try CalibratorFixture().calibrator
    let first = try calibrator.putStrategy(id("mine@a"), strategy(1))
    #expect(first.isPromoted, "the first is what the bare name stands for")
    #expect(try calibrator.putStrategy(id("mine@a"), strategy(1)) == first, "again is no fault")
    #expect(
      code { try calibrator.putStrategy(id("mine@a"), strategy(2)) } == .strategyVersionExists)
    #expect(try calibrator.putStrategy(id("mine@b"), strategy(2)).isPromoted == false)
    #expect(calibrator.strategy(named: "mine")?.id.version == "a")
    _ = try calibrator.putStrategy(id("mine@1"), strategy(3))
    #expect(try calibrator.putStrategy(id("mine"), strategy(4)).id.version == "2")
  }

  @Test func `versions are promoted and rolled back`() throws {
    let calibrator = try CalibratorFixture().calibrator
    for threshold in [1.0, 2, 3] { try calibrator.putStrategy(id("mine"), strategy(threshold)) }
    #expect(try calibrator.promoteStrategy(id("mine@1")).id.version == "1")
    #expect(calibrator.strategy(named: "mine")?.id.version == "1")
    #expect(try calibrator.rollBackStrategy("mine").id.version == "3")
    #expect(try calibrator.rollBackStrategy("mine").id.version == "2")
    #expect(try calibrator.rollBackStrategy("mine").id.version == "1")
    #expect(code { try calibrator.rollBackStrategy("mine") } == .nothingToRollBack)
    #expect(code { try calibrator.promoteStrategy(id("mine@9")) } == .strategyNotFound)
    #expect(code { try calibrator.promoteStrategy(id("mine")) } == .missingValue)
    #expect(code { try calibrator.rollBackStrategy("none") } == .strategyNotFound)
    #expect(try calibrator.strategyEntry("mine").promotions == ["1"])
  }

  @Test func `a deleted name comes back with other numbers and revisions`() throws {
    let fixture = try CalibratorFixture()
    let calibrator = fixture.calibrator
    try calibrator.putStrategy(id("mine"), strategy(1))
    let late = try #require(try fixture.store.strategy(named: "mine"))
    try calibrator.deleteStrategy(id("mine"))
    #expect(
      calibrator.strategy(named: "mine") == nil && calibrator.strategy(named: "mine@1") == nil)
    #expect(code { _ = try calibrator.strategyEntry("mine") } == .strategyNotFound)
    #expect(code { try calibrator.deleteStrategy(id("mine")) } == .strategyNotFound)
    #expect(code { try calibrator.promoteStrategy(id("mine@1")) } == .strategyNotFound)
    #expect(try calibrator.strategies().allSatisfy { $0.isReadOnly })
    let next = try calibrator.putStrategy(id("mine"), strategy(2), if: .isAbsent)
    #expect(next.id.description == "mine@2" && next.isPromoted)
    #expect(try fixture.store.put(late) == false, "a writer of before finds nothing to replace")
    try calibrator.refreshStrategies()
    #expect(calibrator.strategy(named: "mine") == next)
    #expect(calibrator.strategy(named: "mine@") == nil && calibrator.strategy(named: "@") == nil)
  }

  @Test func `deleted names are remembered in bounded number`() throws {
    var limits = CalibrationLimits()
    limits.strategies = 2
    let fixture = try CalibratorFixture(limits: limits)
    for number in 0..<12 {
      try fixture.calibrator.putStrategy(id("name-\(number)"), strategy(1))
      try fixture.calibrator.deleteStrategy(id("name-\(number)"))
    }
    #expect(try fixture.store.strategies().count == 4)
    try fixture.calibrator.putStrategy(id("a"), strategy(1))
    try fixture.calibrator.putStrategy(id("b"), strategy(1))
    let code = code { try fixture.calibrator.putStrategy(id("c"), strategy(1)) }
    #expect(code == .limitReached)
  }

  @Test func `refreshing beside writers loses no acknowledged strategy`() throws {
    let calibrator = try CalibratorFixture().calibrator
    let strategy = try strategy(1)
    ConcurrentRuns.perform(4) { worker in
      for number in 0..<25 {
        guard worker > 0 else {
          try calibrator.refreshStrategies()
          continue
        }
        let name = "name-\(worker)-\(number)"
        let written = try calibrator.putStrategy(StrategyID(name), strategy)
        #expect(calibrator.strategy(named: name) == written)
        #expect(calibrator.strategy(named: "\(name)@1") == written)
      }
    }
  }

  @Test func `the promoted version is deleted only with all others`() throws {
    let calibrator = try CalibratorFixture().calibrator
    for threshold in [1.0, 2] { try calibrator.putStrategy(id("mine"), strategy(threshold)) }
    #expect(code { try calibrator.deleteStrategy(id("mine@2")) } == .strategyVersionInUse)
    #expect(code { try calibrator.deleteStrategy(id("mine@7")) } == .strategyNotFound)
    try calibrator.deleteStrategy(id("mine@1"))
    #expect(calibrator.strategy(named: "mine@1") == nil)
    #expect(calibrator.strategy(named: "mine")?.id.version == "2")
    #expect(code { try calibrator.deleteStrategy(id("mine@7")) } == .strategyNotFound)
    try calibrator.deleteStrategy(id("mine@2"))
    #expect(calibrator.strategy(named: "mine") == nil)
    #expect(code { try calibrator.deleteStrategy(id("mine")) } == .strategyNotFound)
    try calibrator.putStrategy(id("mine"), strategy(1))
    try calibrator.deleteStrategy(id("mine"))
    #expect(try calibrator.strategies().allSatisfy(\.isReadOnly))
  }

  @Test func `preconditions compare entity tags`() throws {
    let calibrator = try CalibratorFixture().calibrator
    #expect(
      code { try calibrator.putStrategy(id("mine"), strategy(1), if: .exists) }
        == .preconditionFailed)
    let first = try calibrator.putStrategy(id("mine"), strategy(1), if: .isAbsent)
    #expect(
      code { try calibrator.putStrategy(id("mine"), strategy(2), if: .isAbsent) }
        == .preconditionFailed)
    let second = try calibrator.putStrategy(
      id("mine"), strategy(2), if: .matches(["x", first.entityTag]))
    #expect(second.entityTag != first.entityTag && second.entityTag.count == 32)
    #expect(
      code { try calibrator.putStrategy(id("mine"), strategy(3), if: .matches([first.entityTag])) }
        == .preconditionFailed)
    #expect(
      code { try calibrator.promoteStrategy(id("mine@1"), if: .matches([first.entityTag])) }
        == .preconditionFailed)
    let back = try calibrator.rollBackStrategy("mine", if: .matches([second.entityTag]))
    #expect(back == first, "the same version, promoted again, is the same entity")
    #expect(
      code { try calibrator.deleteStrategy(id("mine"), if: .matches([second.entityTag])) }
        == .preconditionFailed)
    #expect(
      code { try calibrator.deleteStrategy(id("none"), if: .exists) } == .preconditionFailed)
    try calibrator.deleteStrategy(id("mine"), if: .matches([first.entityTag]))
  }

  @Test func `strategies that come with the service are read only`() throws {
    let calibrator = try CalibratorFixture().calibrator
    let name = "llava-onevision-7b@0.25"
    #expect(calibrator.strategy(named: name)?.isReadOnly == true)
    #expect(try calibrator.strategies().prefix(3).map(\.id.description).contains(name))
    #expect(code { try calibrator.putStrategy(id(name), strategy(1)) } == .strategyReadOnly)
    #expect(
      code { try calibrator.putStrategy(id("llava-onevision-7b"), strategy(1)) }
        == .strategyReadOnly)
    #expect(code { try calibrator.deleteStrategy(id(name)) } == .strategyReadOnly)
    #expect(code { try calibrator.promoteStrategy(id(name)) } == .strategyReadOnly)
  }

  @Test func `wrong strategies and names are refused`() throws {
    let calibrator = try CalibratorFixture().calibrator
    let error = #expect(throws: CalibrationError.self) {
      try calibrator.putStrategy(id("mine"), strategy(-1))
    }
    #expect(error?.code == .invalidStrategy && error?.cause?.field == .globalThreshold)
    for text in ["", "@1", "a@", "a@b@c", "a b", "a@b c"] {
      #expect(code { _ = try id(text) } == .invalidName, "\(text)")
    }
  }

  @Test func `another process's writes are seen after a refresh`() throws {
    let store = InMemoryStudyStore()
    let here = try CalibratorFixture(store: store).calibrator
    let there = try CalibratorFixture(store: store).calibrator
    try here.putStrategy(id("mine"), strategy(1))
    #expect(there.strategy(named: "mine") == nil)
    try there.refreshStrategies()
    #expect(there.strategy(named: "mine") == here.strategy(named: "mine"))
    try there.deleteStrategy(id("mine"))
    try here.refreshStrategies()
    #expect(here.strategy(named: "mine") == nil)
  }

  @Test func `versions are limited`() throws {
    var limits = CalibrationLimits()
    limits.versions = 2
    limits.strategies = 1
    let calibrator = try CalibratorFixture(limits: limits).calibrator
    for threshold in [1.0, 2] { try calibrator.putStrategy(id("mine"), strategy(threshold)) }
    #expect(code { try calibrator.putStrategy(id("mine"), strategy(3)) } == .limitReached)
    #expect(code { try calibrator.putStrategy(id("other"), strategy(3)) } == .limitReached)
  }
}
