import Foundation
import TestSupport
import Testing

@testable import BayesianOptimization

/// Against the trace of the reference optimiser: 27 random points, then 23 of its own choice.
struct ReferenceTraceTests {
  private struct Trace: Decodable {
    let bestValue: Double
    let bestValueAfterEachCall: [Double]
    let bounds: [String: [Double]]
    let trace: [[Double]]
    let randomSearch: RandomSearch
  }

  private struct RandomSearch: Decodable {
    let medianBest: Double
  }

  private func trace() throws -> Trace {
    let contents = try FixtureFile.contents(of: "Reference/optimiser_trace.json")
    let decoder = JSONDecoder()
    decoder.keyDecodingStrategy = .convertFromSnakeCase
    return try decoder.decode(Trace.self, from: Data(contents))
  }

  @Test func `the objective is the one that was traced`() throws {
    let trace = try trace()
    let objective = ClosedFormObjective.strategy
    for row in trace.trace {
      let point = [row[0], row[1], row[3], row[4], row[5]]
      #expect(abs(objective.value(point) - row[6]) < 1e-9)
    }
    let names = ["r1", "r2", "t", "m", "alpha"]
    for (name, bounds) in zip(names, objective.bounds) {
      #expect(trace.bounds[name] == [bounds.lowerBound, bounds.upperBound])
    }
  }

  @Test func `the median of five seeds does better than the reference and than chance`() throws {
    let trace = try trace()
    let regrets = try ClosedFormObjective.strategy.regrets(seeds: 200..<205)
    #expect(30 - regrets[2] > trace.bestValue, "regrets of seeds 200 to 204: \(regrets)")
    #expect(30 - regrets[4] > trace.randomSearch.medianBest)
  }

  @Test func `half the evaluations do as well as all of the reference`() throws {
    let trace = try trace()
    let regrets = try ClosedFormObjective.strategy.regrets(seeds: 200..<203, evaluations: 27)
    #expect(30 - regrets[1] > trace.bestValueAfterEachCall[26])
  }
}
