import TestSupport
import Testing

@testable import BayesianOptimization

/// Search quality with wide margins; docs/optimisation.md has the measured medians.
struct ConvergenceTests {
  static let limits: [(ClosedFormObjective, Double)] = [
    (.branin, 0.01), (.hartmann6, 0.25), (.strategy, 0.02), (.rosenbrock4, 100),
  ]

  @Test(arguments: limits)
  func `comes close to the optimum in fifty evaluations`(
    objective: ClosedFormObjective, limit: Double
  ) throws {
    let regrets = try objective.regrets(seeds: 100..<105)
    #expect(regrets[2] < limit, "regrets of seeds 100 to 104: \(regrets)")
  }

  @Test func `asks for four at a time at a small price`() throws {
    let objective = ClosedFormObjective.branin
    let space = try SearchSpace(
      objective.bounds.enumerated().map { try Parameter("\($0.offset)", .linear($0.element)) })
    let optimizer = Optimizer(space: space, seed: 1)
    var observations: [Observation] = []
    for index in stride(from: 0, to: 60, by: 4) {
      let points = try optimizer.suggest(
        count: 4, observations: observations, pending: [], firstIndex: index)
      #expect(Set(points).count == 4)
      observations += points.map { Observation(point: $0, value: objective.value($0)) }
    }
    let best = observations.map(\.value).max() ?? -.infinity
    #expect(objective.optimum - best < 0.01)
  }

  @Test func `is not misled by noise that it knows of`() throws {
    let space = try SearchSpace([Parameter("x", .linear(0...1))])
    let optimizer = Optimizer(space: space, seed: 2)
    var generator = SeededGenerator(seed: 3)
    var observations: [Observation] = []
    for index in 0..<40 {
      let point = try optimizer.suggest(
        count: 1, observations: observations, pending: [], firstIndex: index)[0]
      let noise = (0..<12).reduce(-6.0) { sum, _ in
        sum + Double.random(in: 0...1, using: &generator)
      }
      let value = -(point[0] - 0.7) * (point[0] - 0.7) + 0.05 * noise
      observations.append(Observation(point: point, value: value, noiseVariance: 0.0025))
    }
    let model = try optimizer.fit(observations)
    let means = try (0...100).map { try model.predict([Double($0) / 100]).mean }
    let best = means.indices.max { means[$0] < means[$1] } ?? 0
    #expect(abs(Double(best) / 100 - 0.7) < 0.12)
  }
}
