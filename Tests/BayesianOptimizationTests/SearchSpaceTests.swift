import Testing

@testable import BayesianOptimization

struct SearchSpaceTests {
  private func mixed() throws -> SearchSpace {
    try SearchSpace([
      Parameter("a", .linear(0...1)), Parameter("b", .integer(1...3)),
      Parameter("c", .categorical(count: 2)),
    ])
  }

  @Test func `refuses no parameters and a name twice`() throws {
    let parameter = try Parameter("x", .linear(0...1))
    for parameters in [[], [parameter, parameter]] {
      #expect(throws: OptimizerError(.invalidSpace, rule: "")) { try SearchSpace(parameters) }
    }
  }

  @Test func `counts and lists the points of a space without real parameters`() throws {
    let whole = try SearchSpace([
      Parameter("b", .integer(1...3)), Parameter("c", .categorical(count: 2)),
    ])
    #expect(whole.cardinality == 6)
    #expect(whole.everyPoint() == [[1, 0], [1, 1], [2, 0], [2, 1], [3, 0], [3, 1]])
    #expect(try mixed().cardinality == nil)
    let huge = try (0..<3).map { try Parameter("\($0)", .integer(0...(1 << 40))) }
    #expect(try SearchSpace(huge).cardinality == nil)
  }

  @Test func `names the coordinate at fault`() throws {
    let space = try mixed()
    #expect(throws: OptimizerError(.wrongDimension, rule: "")) { try space.admitted([0.5, 1]) }
    for (point, fault) in [([2, 1, 0], 0), ([0.5, 1.5, 0], 1), ([0.5, 1, 2], 2)] {
      #expect(throws: OptimizerError(.coordinateOutOfRange, parameter: fault, rule: "")) {
        try space.admitted(point)
      }
    }
  }

  @Test func `knows which parameters are real numbers`() throws {
    #expect(try mixed().realParameters == [0])
    #expect(try mixed().point(atShares: [0.25, 0.99, 0.5]) == [0.25, 3, 1])
  }
}
