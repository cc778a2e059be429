import Testing

@testable import BayesianOptimization

struct OptimizerTests {
  private func space(_ dimensions: Int) throws -> SearchSpace {
    try SearchSpace((0..<dimensions).map { try Parameter("x\($0)", .linear(0...1)) })
  }

  private func observed(
    _ optimizer: Optimizer, _ count: Int, _ objective: ([Double]) -> Double
  ) throws -> [Observation] {
    let spread = Optimizer(
      space: optimizer.space, seed: optimizer.seed, configuration: .init(initialPoints: count))
    return try spread.suggest(count: count, observations: [], pending: [], firstIndex: 0)
      .map { Observation(point: $0, value: objective($0)) }
  }

  @Test func `suggests the same for the same seed and history, whatever the order of asking`()
    throws
  {
    let optimizer = Optimizer(space: try space(3), seed: 11)
    let observations = try observed(optimizer, 15) { -abs($0[0] - 0.4) - $0[1] * $0[2] }
    let once = try optimizer.suggest(
      count: 3, observations: observations, pending: [], firstIndex: 15)
    let again = try Optimizer(space: optimizer.space, seed: 11).suggest(
      count: 3, observations: observations, pending: [], firstIndex: 15)
    #expect(once == again)
    let first = try optimizer.suggest(
      count: 1, observations: observations, pending: [], firstIndex: 15)
    #expect(first[0] == once[0])
    let other = try Optimizer(space: optimizer.space, seed: 12).suggest(
      count: 1, observations: [], pending: [], firstIndex: 0)
    #expect(
      try optimizer.suggest(count: 1, observations: [], pending: [], firstIndex: 0) != other)
  }

  @Test func `suggests the same on many threads at once`() async throws {
    let optimizer = Optimizer(space: try space(2), seed: 5)
    let observations = try observed(optimizer, 12) { $0[0] - $0[1] * $0[1] }
    let answers = try await withThrowingTaskGroup(of: [[Double]].self) { group in
      for _ in 0..<8 {
        group.addTask {
          try optimizer.suggest(
            count: 2, observations: observations, pending: [[0.5, 0.5]], firstIndex: 13)
        }
      }
      return try await group.reduce(into: Set<[[Double]]>()) { $0.insert($1) }
    }
    #expect(answers.count == 1)
  }

  @Test func `spreads first points by index, so that replicas do not repeat each other`() throws {
    let optimizer = Optimizer(space: try space(2), seed: 1)
    let batch = try optimizer.suggest(count: 6, observations: [], pending: [], firstIndex: 0)
    for index in 0..<6 {
      let single = try optimizer.suggest(
        count: 1, observations: [], pending: Array(batch.prefix(index)), firstIndex: index)
      #expect(single == [batch[index]])
    }
    #expect(optimizer.initialPoints == 6)
  }

  @Test func `keeps a batch apart from itself and from pending points`() throws {
    let optimizer = Optimizer(space: try space(2), seed: 2)
    let observations = try observed(optimizer, 12) { -($0[0] - 0.3) * ($0[0] - 0.3) - $0[1] }
    let batch = try optimizer.suggest(
      count: 5, observations: observations, pending: [[0.3, 0]], firstIndex: 13)
    for (index, point) in batch.enumerated() {
      for other in batch[..<index] + [[0.3, 0]] {
        let distance = zip(point, other).reduce(0) { max($0, abs($1.0 - $1.1)) }
        #expect(distance > 1e-4)
      }
    }
  }

  @Test func `visits every point of a small space once before it repeats any`() throws {
    let space = try SearchSpace([
      Parameter("a", .integer(0...3)), Parameter("b", .categorical(count: 3)),
      Parameter("c", .linear(2...2)),
    ])
    let optimizer = Optimizer(space: space, seed: 3)
    var observations: [Observation] = []
    for index in 0..<14 {
      let point = try optimizer.suggest(
        count: 1, observations: observations, pending: [], firstIndex: index)[0]
      if index < 12 { #expect(!observations.contains { $0.point == point }) }
      observations.append(Observation(point: point, value: point[0] * (2 - point[1])))
    }
    #expect(Set(observations.prefix(12).map(\.point)).count == 12)
  }

  @Test func `finds the best of mixed parameters`() throws {
    let space = try SearchSpace([
      Parameter("rate", .logarithmic(1e-4...1)), Parameter("layers", .integer(1...40)),
      Parameter("kind", .categorical(count: 4)),
    ])
    let optimizer = Optimizer(space: space, seed: 4)
    var observations: [Observation] = []
    for index in 0..<40 {
      let point = try optimizer.suggest(
        count: 1, observations: observations, pending: [], firstIndex: index)[0]
      let rate = space.parameters[0].scaled(point[0]) - 0.6
      let layers = (point[1] - 23) / 40
      let value = -rate * rate - layers * layers - [0.2, 0.1, 0, 0.3][Int(point[2])]
      observations.append(Observation(point: point, value: value))
    }
    let best = observations.max { $0.value < $1.value }
    #expect(best?.point[1] == 23 && best?.point[2] == 2)
    #expect((best?.value ?? -1) > -1e-4)
  }

  @Test(arguments: [
    (-1, 0, OptimizerError(.invalidCount, rule: "")),
    (1, -1, OptimizerError(.invalidCount, rule: "")),
  ])
  func `refuses negative numbers`(count: Int, index: Int, error: OptimizerError) throws {
    let optimizer = Optimizer(space: try space(1), seed: 1)
    #expect(throws: error) {
      try optimizer.suggest(count: count, observations: [], pending: [], firstIndex: index)
    }
  }

  @Test func `names the observation or pending point at fault`() throws {
    let optimizer = Optimizer(space: try space(1), seed: 1)
    let good = Observation(point: [0.5], value: 1)
    #expect(throws: OptimizerError(.coordinateOutOfRange, parameter: 0, point: 1, rule: "")) {
      try optimizer.suggest(
        count: 1, observations: [good, Observation(point: [2], value: 1)], pending: [],
        firstIndex: 0)
    }
    #expect(throws: OptimizerError(.wrongDimension, point: 0, rule: "")) {
      try optimizer.suggest(count: 1, observations: [good], pending: [[]], firstIndex: 0)
    }
    #expect(throws: OptimizerError(.invalidValue, point: 0, rule: "")) {
      try optimizer.fit([Observation(point: [0.5], value: .nan)])
    }
    #expect(throws: OptimizerError(.noObservations, rule: "")) { try optimizer.fit([]) }
  }

  @Test func `can be interrupted at any question, and otherwise is not disturbed by it`() throws {
    let optimizer = Optimizer(space: try space(2), seed: 6)
    let observations = try observed(optimizer, 20) { $0[0] * $0[1] }
    var questions = 0
    let undisturbed = try optimizer.suggest(
      count: 1, observations: observations, pending: [], firstIndex: 20
    ) {
      questions += 1
      return false
    }
    #expect(questions > 100)
    #expect(
      try optimizer.suggest(count: 1, observations: observations, pending: [], firstIndex: 20)
        == undisturbed)
    for last in stride(from: 1, to: questions, by: questions / 20) {
      var asked = 0
      #expect(throws: OptimizerError.interrupted) {
        try optimizer.suggest(
          count: 1, observations: observations, pending: [], firstIndex: 20
        ) {
          asked += 1
          return asked >= last
        }
      }
    }
  }
}
