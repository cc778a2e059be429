import TestSupport
import Testing

@testable import BayesianOptimization

struct HyperparameterFitTests {
  private func design(
    _ count: Int, seed: UInt64, _ objective: ([Double]) -> Double
  ) throws -> (DesignMatrix, [Double]) {
    let space = try SearchSpace((0..<2).map { try Parameter("\($0)", .linear(0...1)) })
    let sequence = QuasiRandomSequence(dimensions: 2, seed: seed)
    var design = DesignMatrix(space: space)
    for index in 0..<count { design.append(sequence.point(at: index)) }
    let values = (0..<count).map { objective(design.point($0)) }
    let scaling = OutputScaling(values)
    return (design, values.map(scaling.standardized))
  }

  @Test func `finds out which parameter matters`() throws {
    let (design, values) = try design(40, seed: 1) { ($0[0] - 0.3) * ($0[0] - 0.3) }
    let fit = HyperparameterFit(design: design, values: values, noise: values.map { _ in 0 })
    let kernel = try fit.best { false }.kernel
    #expect(kernel.inverseSquares[0] > 25 * kernel.inverseSquares[1])
  }

  @Test func `finds out how much noise there is`() throws {
    var generator = SeededGenerator(seed: 5)
    let (design, values) = try design(80, seed: 2) {
      4 * $0[0] + Double.random(in: -1...1, using: &generator)
    }
    let fit = HyperparameterFit(design: design, values: values, noise: values.map { _ in 0 })
    // Variances 4/3 and 1/3: a fifth of the whole is noise.
    let noise = try fit.best { false }.noise
    #expect(noise > 0.1 && noise < 0.35)
  }

  @Test func `looks at all of few points, and at the best and most remote of many`() throws {
    let (few, fewValues) = try design(60, seed: 3) { $0[0] }
    #expect(HyperparameterFit.positions(design: few, values: fewValues) == Array(0..<60))
    let (many, values) = try design(500, seed: 3) { $0[0] }
    let chosen = HyperparameterFit.positions(design: many, values: values)
    #expect(chosen.count == HyperparameterFit.largest && Set(chosen).count == chosen.count)
    let best = values.indices.sorted { values[$0] > values[$1] }.prefix(25)
    #expect(Set(best).isSubset(of: chosen))
    #expect(chosen.contains { values[$0] < -1.5 })
  }

  @Test func `stops when told to`() throws {
    let (design, values) = try design(10, seed: 3) { $0[0] }
    let fit = HyperparameterFit(design: design, values: values, noise: values.map { _ in 0 })
    #expect(throws: OptimizerError.interrupted) { try fit.best { true } }
  }
}
