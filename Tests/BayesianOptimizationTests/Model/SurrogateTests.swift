import Testing

@testable import BayesianOptimization

struct SurrogateTests {
  private let observations = (0..<24).map { index in
    let x = Double(index) / 23
    return Observation(point: [x], value: -1e6 * (x - 0.3) * (x - 0.3) * (x - 0.3) * (x - 0.3))
  }

  private func surrogate(warping: Bool, pending: [[Double]] = []) throws -> Surrogate {
    let space = try SearchSpace([Parameter("x", .linear(0...1))])
    return try Surrogate(
      space: space, observations: observations, pending: pending, warping: warping)
  }

  @Test func `ranks expectations as values, warped or not`() throws {
    for warping in [false, true] {
      let expectations = try surrogate(warping: warping).posterior.expectations
      let best = expectations.indices.max { expectations[$0] < expectations[$1] }
      #expect(abs(observations[best ?? 0].point[0] - 0.3) < 0.05)
    }
  }

  @Test func `of too many observations the best and the most remote are kept`() throws {
    let space = try SearchSpace([Parameter("a", .linear(0...1)), Parameter("b", .linear(0...1))])
    var source = RandomSource(seed: 5, stream: 0)
    let all = (0..<500).map { index in
      // Nearly all in a corner.
      let width = index.isMultiple(of: 50) ? 1 : 0.1
      return Observation(
        point: [width * source.nextUnit(), width * source.nextUnit()], value: source.nextUnit())
    }
    #expect(Surrogate.informative(all, in: space) == all, "few are all kept")
    let kept = Surrogate.informative(all, in: space, largest: 40)
    #expect(kept.count == 40 && Set(kept).count == 40)
    let ranked = all.sorted { $0.value > $1.value }
    #expect(Set(ranked.prefix(10)).isSubset(of: kept))
    let outside = all.filter { $0.point.contains { $0 > 0.3 } }
    #expect(Set(outside).isSubset(of: kept))
    #expect(kept == all.filter(Set(kept).contains), "in their order")
  }

  @Test func `counts pending points among the known`() throws {
    let (without, with) = (
      try surrogate(warping: false).posterior,
      try surrogate(warping: false, pending: [[0.511]]).posterior
    )
    #expect(without.design.count == 24 && with.design.count == 25)
    #expect(with.beliefs(at: [[0.511]])[0].variance < without.beliefs(at: [[0.511]])[0].variance)
  }
}
