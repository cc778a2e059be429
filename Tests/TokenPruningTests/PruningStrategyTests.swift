import TestSupport
import Testing

@testable import TokenPruning

struct PruningStrategyTests {
  private func tied(_ budget: Double, _ first: Double, _ second: Double) -> PruningStrategy {
    PruningStrategy(
      recyclingCellSize: 4, layers: 28,
      stages: [
        PruningStage(layer: 0, retainRatio: first), PruningStage(layer: 9, retainRatio: second),
        PruningStage(layer: 18),
      ], tokenBudget: budget)
  }

  @Test func `ties the last ratio to the budget as the reference does`() throws {
    for row in try ReferenceFixture("tied_ratio").table("table") {
      let strategy = tied(row[0], row[1], row[2])
      if row[3] > 0, row[3] < 1 {
        let resolved = try strategy.resolved()
        let ratio = try #require(resolved.stages[2].retainRatio)
        #expect(abs(ratio - row[3]) <= 1e-12 * row[3], "\(row)")
        #expect(abs(resolved.meanTokenRatio - row[4]) < 1e-12, "\(row)")
      } else {
        // The reference caps at 1 and allows ratios below 0; here both are infeasible.
        let error = #expect(throws: PruningError.self, "\(row)") { try strategy.resolved() }
        #expect(error?.code == .budgetInfeasible, "\(row)")
        let budget = try #require(error?.budget)
        #expect(budget.requested == row[0])
        #expect(row[3] >= 1 ? row[0] > budget.largest : row[0] <= budget.smallest, "\(row)")
      }
    }
  }
}

extension PruningStrategyTests {
  private static let stage = PruningStage(layer: 0, retainRatio: 0.5)

  private struct Fault: CustomTestStringConvertible {
    let strategy: PruningStrategy
    let field: PruningField
    var stage: Int?
    var code = PruningError.Code.valueOutOfRange
    var testDescription: String { "\(field.rawValue) \(strategy)" }
  }

  private static let faults: [Fault] = [
    Fault(
      strategy: PruningStrategy(globalThreshold: -1, stages: [stage]), field: .globalThreshold),
    Fault(
      strategy: PruningStrategy(globalThreshold: .nan, stages: [stage]),
      field: .globalThreshold),
    Fault(
      strategy: PruningStrategy(entropyWeight: .infinity, stages: [stage]),
      field: .entropyWeight),
    Fault(
      strategy: PruningStrategy(recyclingCellSize: 0.99, stages: [stage]),
      field: .recyclingCellSize),
    Fault(
      strategy: PruningStrategy(recyclingCellSize: .infinity, stages: [stage]),
      field: .recyclingCellSize),
    Fault(strategy: PruningStrategy(stages: []), field: .stages),
    Fault(
      strategy: PruningStrategy(stages: [PruningStage(layer: 1, retainRatio: 1)]),
      field: .layer, stage: 0),
    Fault(
      strategy: PruningStrategy(stages: [PruningStage(layer: -5, retainRatio: 1)]),
      field: .layer, stage: 0),
    Fault(
      strategy: PruningStrategy(
        layers: 5, stages: [stage, PruningStage(layer: 5, retainRatio: 1)]),
      field: .layer, stage: 1),
    Fault(
      strategy: PruningStrategy(
        layers: 9, stages: [stage, PruningStage(layer: 3), PruningStage(layer: 3)],
        tokenBudget: 0.5),
      field: .retainRatio, stage: 1, code: .missingValue),
    Fault(
      strategy: PruningStrategy(
        layers: 9,
        stages: [
          stage, PruningStage(layer: 3, retainRatio: 1), PruningStage(layer: 3, retainRatio: 1),
        ]),
      field: .layer, stage: 2),
    Fault(
      strategy: PruningStrategy(stages: [PruningStage(layer: 0, retainRatio: 0)]),
      field: .retainRatio, stage: 0),
    Fault(
      strategy: PruningStrategy(stages: [PruningStage(layer: 0, retainRatio: 1.01)]),
      field: .retainRatio, stage: 0),
    Fault(
      strategy: PruningStrategy(stages: [PruningStage(layer: 0, retainRatio: .nan)]),
      field: .retainRatio, stage: 0),
    Fault(
      strategy: PruningStrategy(stages: [PruningStage(layer: 0)]), field: .retainRatio,
      stage: 0, code: .missingValue),
    Fault(strategy: PruningStrategy(layers: 0, stages: [stage]), field: .layers),
    Fault(strategy: PruningStrategy(layers: .max, stages: [stage]), field: .layers),
    Fault(
      strategy: PruningStrategy(stages: [PruningStage(layer: .max, retainRatio: 1)]),
      field: .layer, stage: 0),
    Fault(strategy: PruningStrategy(stages: [stage], tokenBudget: 0), field: .tokenBudget),
    Fault(strategy: PruningStrategy(stages: [stage], tokenBudget: 1.5), field: .tokenBudget),
    Fault(strategy: PruningStrategy(stages: [stage], tokenBudget: 0.51), field: .tokenBudget),
  ]

  @Test(arguments: faults)
  private func `refuses a setting out of range and names it`(fault: Fault) {
    let error = #expect(throws: PruningError.self) { try fault.strategy.resolved() }
    #expect(error?.code == fault.code)
    #expect(error?.field == fault.field)
    #expect(error?.stage == fault.stage)
  }

  @Test func `a lone ratio is the budget`() throws {
    let strategy = PruningStrategy(stages: [PruningStage(layer: 0)], tokenBudget: 0.375)
    #expect(try strategy.resolved().stages == [PruningStage(layer: 0, retainRatio: 0.375)])
  }

  @Test func `a tie that rounds to just above 1 is 1`() throws {
    // The exact tie is 1; (0.1 * 3 - 0.1 * 2) / 0.1 is 1.0000000000000002 in binary64.
    let strategy = PruningStrategy(
      layers: 3,
      stages: [PruningStage(layer: 0, retainRatio: 0.1), PruningStage(layer: 2)],
      tokenBudget: 0.1)
    #expect(try strategy.resolved().stages[1].retainRatio == 1)
  }

  @Test func `a budget that all ratios meet is accepted and kept`() throws {
    let strategy = PruningStrategy(
      layers: 4,
      stages: [
        PruningStage(layer: 0, retainRatio: 0.5), PruningStage(layer: 2, retainRatio: 0.5),
      ], tokenBudget: 0.375 + 9e-7)
    #expect(try strategy.resolved() == strategy)
  }

  @Test func `layers default to the last stage's layer and one`() {
    #expect(PruningStrategy(stages: [Self.stage, PruningStage(layer: 18)]).layers == 19)
  }

  @Test(arguments: [
    ("llava-onevision-7b@0.50", 0.5008), ("llava-onevision-7b@0.25", 0.2507),
    ("llava-onevision-7b@0.10", 0.1000),
  ])
  func `built-in strategies have the published mean`(name: String, mean: Double) throws {
    let strategy = try #require(PruningStrategy.builtIn(named: name)).resolved()
    #expect(abs(strategy.meanTokenRatio - mean) < 5.1e-5)
    #expect(strategy.entropyWeight == 0 && strategy.tokenBudget == nil)
    #expect(strategy.layerSpans == [9, 9, 10])
  }

  @Test func `an unknown name is no strategy`() {
    #expect(PruningStrategy.builtIn(named: "llava-onevision-7b") == nil)
  }
}
