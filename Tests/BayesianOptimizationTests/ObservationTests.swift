import Testing

@testable import BayesianOptimization

struct ObservationTests {
  @Test(
    arguments: [
      (Double.nan, nil), (.infinity, nil), (0, -1), (0, .nan), (0, .infinity),
    ] as [(Double, Double?)])
  func `refuses values that are no measurements`(value: Double, variance: Double?) throws {
    let space = try SearchSpace([Parameter("x", .linear(0...1))])
    let observation = Observation(point: [0.5], value: value, noiseVariance: variance)
    #expect(throws: OptimizerError(.invalidValue, rule: "")) { try observation.admitted(to: space) }
  }

  @Test func `moves a rounded coordinate inside its bounds`() throws {
    let space = try SearchSpace([Parameter("x", .linear(0...0.3))])
    let observation = Observation(point: [0.1 + 0.2], value: 1, noiseVariance: 0.5)
    let inside = try observation.admitted(to: space)
    #expect(inside == Observation(point: [0.3], value: 1, noiseVariance: 0.5))
  }
}
