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
    for row in try ReferenceCase("tied_ratio").table("table", columns: 5) {
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
