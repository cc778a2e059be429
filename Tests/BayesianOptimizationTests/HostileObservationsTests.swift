import TestSupport
import Testing

@testable import BayesianOptimization

/// Data on which a model may know nothing, but must neither fail nor leave the space.
struct HostileObservationsTests {
  struct Data: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let value: @Sendable (_ index: Int, _ point: [Double]) -> Double
    var repeated = false
    var variance: Double?
  }

  static let data = [
    Data(testDescription: "constant", value: { _, _ in 7 }),
    Data(testDescription: "zero", value: { _, _ in 0 }),
    Data(testDescription: "duplicate points", value: { _, point in point[0] }, repeated: true),
    Data(
      testDescription: "contradictory duplicates", value: { index, _ in Double(index % 2) },
      repeated: true),
    Data(testDescription: "tiny", value: { _, point in 1e-300 * point[0] }),
    Data(
      testDescription: "subnormal",
      value: { _, point in .leastNonzeroMagnitude * (point[0] * 9).rounded() }),
    Data(testDescription: "huge", value: { _, point in 1e300 * (point[0] - 0.5) }),
    Data(testDescription: "greatest", value: { index, _ in index % 2 == 0 ? 1.7e308 : -1.7e308 }),
    Data(testDescription: "all scales", value: { index, _ in -(index % 3 == 0 ? 1e300 : 1e-300) }),
    Data(testDescription: "offset", value: { _, point in 1e12 + point[0] }),
    Data(testDescription: "one outlier", value: { index, point in index == 3 ? -1e9 : point[0] }),
    Data(testDescription: "step", value: { _, point in point[0] > 0.5 ? 1 : 0 }),
    Data(testDescription: "known huge noise", value: { _, point in point[0] }, variance: 1e300),
    Data(testDescription: "known tiny noise", value: { _, point in point[0] }, variance: 1e-300),
  ]

  private func space() throws -> SearchSpace {
    try SearchSpace([
      Parameter("a", .linear(0...1)), Parameter("b", .logarithmic(1e-6...1e6)),
      Parameter("c", .integer(0...5)), Parameter("d", .categorical(count: 3)),
    ])
  }

  private func observations(_ data: Data, count: Int) throws -> [Observation] {
    let space = try space()
    let sequence = QuasiRandomSequence(dimensions: 4, seed: 1)
    return (0..<count).map { index in
      let point = space.point(atShares: sequence.point(at: data.repeated ? index % 2 : index))
      return Observation(
        point: point, value: data.value(index, point), noiseVariance: data.variance)
    }
  }

  @Test(arguments: data, [2, 3, 25, 130])
  func `gives points in the space and finite predictions`(data: Data, count: Int) throws {
    let space = try space()
    let optimizer = Optimizer(
      space: space, seed: 1, configuration: .init(initialPoints: 1))
    let observations = try observations(data, count: count)
    let points = try optimizer.suggest(
      count: 2, observations: observations, pending: [observations[0].point], firstIndex: count)
    for point in points { #expect(try space.admitted(point) == point) }
    let model = try optimizer.fit(observations)
    let prediction = try model.predict(points[0])
    #expect(prediction.mean.isFinite && prediction.variance.isFinite && prediction.variance >= 0)
    #expect(model.lengthScales.allSatisfy { $0 > 0 && $0.isFinite })
    #expect(model.importances().allSatisfy { $0 >= 0 && $0 <= 1 })
  }

  @Test func `sees through an offset`() throws {
    let data = Data(testDescription: "", value: { _, point in 1e12 + 1000 * point[0] })
    let model = try Optimizer(space: try space(), seed: 1).fit(observations(data, count: 40))
    let (low, high) = try (
      model.predict([0.1, 1, 2, 0]).mean - 1e12, model.predict([0.9, 1, 2, 0]).mean - 1e12
    )
    #expect(abs(low - 100) < 30 && abs(high - 900) < 30)
  }

  @Test func `takes a thousand observations`() throws {
    let optimizer = Optimizer(space: try space(), seed: 1)
    var generator = SeededGenerator(seed: 9)
    let data = Data(testDescription: "", value: { _, point in point[0] })
    let noisy = try observations(data, count: 1000).map {
      Observation(
        point: $0.point, value: $0.value + Double.random(in: -0.1...0.1, using: &generator))
    }
    let point = try optimizer.suggest(
      count: 1, observations: noisy, pending: [], firstIndex: 1000)[0]
    #expect(point[0] > 0.8)
  }

  @Test func `a few stray values hide no optimum`() throws {
    let space = try SearchSpace([Parameter("a", .linear(0...1)), Parameter("b", .linear(0...1))])
    for (seed, stray) in [(UInt64(1), 0.0), (2, 0), (3, -1), (4, -1)] {
      let optimizer = Optimizer(space: space, seed: seed)
      var observations: [Observation] = []
      var best = 0.0
      for index in 0..<30 {
        let point = try optimizer.suggest(
          count: 1, observations: observations, pending: [], firstIndex: index)[0]
        let (a, b) = (point[0] - 0.31, point[1] - 0.62)
        let value = 0.95 - 0.05 * (a * a + b * b)
        // Of what cannot be measured all count as the worst value seen.
        let isStray = [2, 5, 9].contains(index)
        if !isStray { best = max(best, value) }
        observations.append(Observation(point: point, value: isStray ? stray : value))
      }
      #expect(0.95 - best < 5e-4, "seed \(seed), stray \(stray): \(0.95 - best)")
    }
  }
}
