import Testing

@testable import BayesianOptimization

struct CandidatePointsTests {
  private func mixed() throws -> SearchSpace {
    try SearchSpace([
      Parameter("a", .linear(0...1)), Parameter("b", .integer(1...30)),
      Parameter("c", .categorical(count: 4)), Parameter("d", .logarithmic(0.1...10)),
    ])
  }

  @Test func `lie in the space, spread and near the centres`() throws {
    let space = try mixed()
    let center = [0.2, 7, 2, 1.0]
    let points = CandidatePoints(space: space).points(count: 600, around: [center], seed: 1)
    #expect(points.count == 600)
    #expect(try points.allSatisfy { try space.admitted($0) == $0 })
    let near = points.suffix(200)
    #expect(near.filter { $0 == center }.count < 20)
    #expect(near.contains { abs($0[0] - 0.2) < 0.01 && $0[0] != 0.2 })
    #expect(near.contains { $0[1] == 8 } && near.contains { $0[1] == 6 })
    #expect(Set(near.map { $0[2] }).count == 4)
  }

  @Test func `are all points of a small space`() throws {
    let space = try SearchSpace([Parameter("b", .integer(1...30))])
    let points = CandidatePoints(space: space).points(count: 5, around: [], seed: 1)
    #expect(points == (1...30).map { [Double($0)] })
  }

  @Test func `steps go to the next whole numbers and to every choice`() throws {
    let steps = CandidatePoints(space: try mixed()).steps(from: [0.2, 30, 2, 1])
    #expect(
      steps == [[0.2, 29, 2, 1], [0.2, 30, 0, 1], [0.2, 30, 1, 1], [0.2, 30, 3, 1]])
  }
}
