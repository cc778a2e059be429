import Testing

@testable import BayesianOptimization

struct SearchTests {
  private func points(
    _ optimizer: Optimizer, observations: Int, pending: Int, index: Int
  ) throws -> [[Double]] {
    let sequence = QuasiRandomSequence(dimensions: 2, seed: 99)
    let told = (0..<observations).map {
      Observation(point: sequence.point(at: $0), value: sequence.point(at: $0)[0])
    }
    let open = (0..<pending).map { sequence.point(at: observations + $0) }
    var search = Search(optimizer: optimizer, observations: told, pending: open) { false }
    return try search.points(count: 1, firstIndex: index)
  }

  @Test func `follows the sequence until there is enough to go by`() throws {
    let space = try SearchSpace((0..<2).map { try Parameter("\($0)", .linear(0...1)) })
    let optimizer = Optimizer(space: space, seed: 1, configuration: .init(initialPoints: 5))
    let spread = space.point(atShares: optimizer.sequence.point(at: 9))
    // Told, being measured, whether the sequence still decides.
    for (told, open, early) in [
      (0, 0, true), (1, 30, true), (4, 0, true), (4, 1, false), (5, 0, false),
    ] {
      let points = try points(optimizer, observations: told, pending: open, index: 9)
      #expect((points == [spread]) == early, "\(told) told, \(open) open")
    }
  }
}
