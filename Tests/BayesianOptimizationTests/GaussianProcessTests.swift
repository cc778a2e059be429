import Testing

@testable import BayesianOptimization

struct GaussianProcessTests {
  private func model(_ variance: Double? = nil) throws -> GaussianProcess {
    let space = try SearchSpace([
      Parameter("a", .linear(0...10)), Parameter("b", .linear(-1...1)),
      Parameter("c", .categorical(count: 2)),
    ])
    let optimizer = Optimizer(space: space, seed: 1)
    let points = try optimizer.suggest(count: 40, observations: [], pending: [], firstIndex: 0)
    return try optimizer.fit(
      points.map {
        Observation(point: $0, value: 500 - ($0[0] - 4) * ($0[0] - 4), noiseVariance: variance)
      })
  }

  @Test func `predicts in natural units`() throws {
    let model = try model()
    let prediction = try model.predict([4, 0, 1])
    #expect(abs(prediction.mean - 500) < 0.5)
    #expect(prediction.variance < 1)
    #expect(model.noiseVariance < 0.1)
  }

  @Test func `expects the same of many points as of each`() throws {
    let model = try model()
    let points = [[4.0, 0, 1], [9, -1, 0], [0, 0.3, 1]]
    let means = try model.means(at: points)
    for (point, mean) in zip(points, means) {
      #expect(abs(try model.predict(point).mean - mean) < 1e-9 * 500)
    }
    #expect(throws: OptimizerError.self) { try model.means(at: [[4, 0, 2]]) }
  }

  @Test func `stops fitting when nobody wants the model any more`() throws {
    let space = try SearchSpace([Parameter("a", .linear(0...10))])
    let observations = (0..<20).map { Observation(point: [Double($0) / 2], value: Double($0 % 3)) }
    let error = #expect(throws: OptimizerError.self) {
      try Optimizer(space: space, seed: 1).fit(observations, shouldStop: { true })
    }
    #expect(error?.code == .interrupted)
  }

  @Test func `knows what matters`() throws {
    let model = try model()
    #expect(model.lengthScales[0] < model.lengthScales[1])
    let importances = model.importances()
    #expect(importances[0] > 0.95 && importances[1] < 0.05 && importances[2] < 0.05)
  }

  @Test func `trusts observations less that are known to be noisy`() throws {
    let (sure, unsure) = (try model(), try model(100))
    let point = [1.0, 0.5, 0]
    #expect(try unsure.predict(point).variance > 10 * sure.predict(point).variance)
  }

  @Test func `refuses points outside the space`() throws {
    let model = try model()
    #expect(throws: OptimizerError(.coordinateOutOfRange, parameter: 0, rule: "")) {
      try model.predict([11, 0, 0])
    }
  }
}
