import Testing

@testable import BayesianOptimization

struct OptimizerErrorTests {
  @Test func `is compared by what was wrong and where`() {
    let error = OptimizerError(.coordinateOutOfRange, parameter: 1, rule: "a rule")
    #expect(error == OptimizerError(.coordinateOutOfRange, parameter: 1, rule: "another"))
    #expect(error != OptimizerError(.coordinateOutOfRange, parameter: 2, rule: "a rule"))
    #expect(error != error.at(point: 0))
    #expect(error.at(point: 4).point == 4 && error.at(point: 4).parameter == 1)
  }
}
