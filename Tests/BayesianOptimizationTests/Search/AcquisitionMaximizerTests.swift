import Testing

@testable import BayesianOptimization

struct AcquisitionMaximizerTests {
  @Test func `finds a point as good as the best of a fine grid`() throws {
    let posterior = try ReferencePosterior().posterior()
    let space = try SearchSpace((0..<2).map { try Parameter("\($0)", .linear(0...1)) })
    let function = AcquisitionFunction(posterior: posterior)
    let maximizer = AcquisitionMaximizer(space: space, posterior: posterior, seen: []) { false }
    let point = try maximizer.best(around: [[0.8, 0.3]], seed: 3)
    let value = function.slope(at: point).value
    for step in 0..<10_000 {
      let other = [Double(step / 100) / 99, Double(step % 100) / 99]
      #expect(function.slope(at: other).value <= value + 1e-6)
    }
  }

  @Test func `avoids what was seen as long as there is something else`() throws {
    let space = try SearchSpace([
      Parameter("a", .integer(0...1)), Parameter("b", .categorical(count: 2)),
    ])
    let observations = [
      Observation(point: [0, 0], value: 0), Observation(point: [1, 0], value: 5),
    ]
    let posterior = try Surrogate(space: space, observations: observations).posterior
    let seen: Set<[Double]> = [[0, 0], [1, 0], [1, 1]]
    let last = AcquisitionMaximizer(space: space, posterior: posterior, seen: seen) { false }
    #expect(try last.best(around: [[1, 0]], seed: 1) == [0, 1])
    let none = AcquisitionMaximizer(
      space: space, posterior: posterior, seen: seen.union([[0, 1]])
    ) { false }
    #expect(space.everyPoint().contains(try none.best(around: [[1, 0]], seed: 1)))
  }

  @Test func `stops when told to`() throws {
    let space = try SearchSpace((0..<2).map { try Parameter("\($0)", .linear(0...1)) })
    let maximizer = AcquisitionMaximizer(
      space: space, posterior: try ReferencePosterior().posterior(), seen: []
    ) { true }
    #expect(throws: OptimizerError.interrupted) { try maximizer.best(around: [], seed: 1) }
  }
}
