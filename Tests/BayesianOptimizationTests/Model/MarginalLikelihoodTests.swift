import TestSupport
import Testing

@testable import BayesianOptimization

struct MarginalLikelihoodTests {
  private func penalty(
    _ likelihood: MarginalLikelihood, _ point: [Double]
  ) throws -> (Double, [Double]) {
    var gradient = [Double](repeating: .nan, count: point.count)
    let value = try likelihood.penalty(point, gradient: &gradient) { false }
    return (value, gradient)
  }

  @Test func `agrees with high precision`() throws {
    let reference = try ReferencePosterior()
    let likelihood = MarginalLikelihood(
      design: reference.design, values: reference.values, noise: reference.variances)
    let logarithms = reference.hyperparameters.logarithms
    var ignored = [Double](repeating: 0, count: 4)
    let prior = HyperparameterPrior(dimensions: 2).penalty(logarithms, gradient: &ignored)
    #expect(abs(try penalty(likelihood, logarithms).0 - prior - 1.9920345225955398) < 1e-13)
  }

  @Test(arguments: [3, 4, 17, 30])
  func `has the gradient that differences show`(count: Int) throws {
    var generator = SeededGenerator(seed: UInt64(count))
    let space = try SearchSpace([
      Parameter("a", .linear(0...1)), Parameter("b", .linear(0...1)),
      Parameter("c", .categorical(count: 3)),
    ])
    var design = DesignMatrix(space: space)
    var values: [Double] = []
    for _ in 0..<count {
      let point = (0..<2).map { _ in Double.random(in: 0...1, using: &generator) }
      design.append(point + [Double(Int.random(in: 0..<3, using: &generator))])
      values.append(Double.random(in: -2...2, using: &generator))
    }
    let likelihood = MarginalLikelihood(
      design: design, values: values, noise: values.map { $0 > 0 ? 0.1 : 0 })
    let point = [-0.7, 0.4, 0.1, 0.3, -3]
    let (_, gradient) = try penalty(likelihood, point)
    for index in point.indices {
      let step = 1e-5
      var (ahead, behind) = (point, point)
      ahead[index] += step
      behind[index] -= step
      let slope =
        (try penalty(likelihood, ahead).0 - penalty(likelihood, behind).0) / (2 * step)
      #expect(abs(slope - gradient[index]) < 1e-6 * max(1, abs(slope)), "parameter \(index)")
    }
  }

  @Test func `takes a single value`() throws {
    let space = try SearchSpace([Parameter("a", .linear(0...1))])
    var design = DesignMatrix(space: space)
    design.append([0.5])
    let likelihood = MarginalLikelihood(design: design, values: [0], noise: [0])
    let (value, gradient) = try penalty(likelihood, [0, 0, -3])
    #expect(value.isFinite && gradient.allSatisfy { $0.isFinite })
  }
}
