/// One request for suggestions.
struct Search {
  private let space: SearchSpace
  private let seed: UInt64
  private let initialPoints: Int
  private let sequence: QuasiRandomSequence
  private let observations: [Observation]
  private let shouldStop: () -> Bool
  private var pending: [[Double]]
  private var seen: Set<[Double]>

  init(
    optimizer: Optimizer, observations: [Observation], pending: [[Double]],
    shouldStop: @escaping () -> Bool
  ) {
    space = optimizer.space
    seed = optimizer.seed
    initialPoints = optimizer.initialPoints
    sequence = optimizer.sequence
    // Pending points count, too, but never crowd out what was measured.
    self.observations = Surrogate.informative(
      observations, in: optimizer.space,
      largest: max(Surrogate.largest - pending.count, Surrogate.largest / 2))
    self.pending = pending
    self.shouldStop = shouldStop
    seen = Set(observations.map(\.point) + pending)
  }

  /// The points suggested.
  mutating func points(count: Int, firstIndex: Int) throws(OptimizerError) -> [[Double]] {
    var points: [[Double]] = []
    var posterior: Posterior?
    for index in firstIndex..<firstIndex + count {
      if shouldStop() { throw .interrupted }
      let point: [Double]
      if isEarly {
        point = initialPoint(at: index)
      } else {
        var knowledge = try knowledge(posterior, spare: firstIndex + count - index)
        point = try best(knowledge, index: index)
        knowledge.append(space.scaled(point))
        posterior = knowledge
      }
      points.append(point)
      pending.append(point)
      seen.insert(point)
    }
    return points
  }

  private func knowledge(
    _ earlier: Posterior?, spare: Int
  ) throws(OptimizerError) -> Posterior {
    if let earlier { return earlier }
    return try Surrogate(
      space: space, observations: observations, pending: pending, spare: spare, warping: true,
      shouldStop: shouldStop
    ).posterior
  }

  /// Whether the model has too little to go by.
  private var isEarly: Bool {
    observations.count < 2 || observations.count + pending.count < initialPoints
  }

  /// The next point of the sequence, or in a space of few points any that is left.
  private func initialPoint(at index: Int) -> [Double] {
    let point = space.point(atShares: sequence.point(at: index))
    guard seen.contains(point) else { return point }
    var source = RandomSource(seed: seed, stream: UInt64(truncatingIfNeeded: index))
    if let cardinality = space.cardinality, cardinality <= CandidatePoints.listed {
      let left = space.everyPoint().filter { !seen.contains($0) }
      return left.isEmpty ? point : left[source.nextIndex(below: left.count)]
    }
    for _ in 0..<64 {
      let other = space.point(atShares: space.parameters.map { _ in source.nextUnit() })
      if !seen.contains(other) { return other }
    }
    return point
  }

  private func best(_ posterior: Posterior, index: Int) throws(OptimizerError) -> [Double] {
    let expectations = posterior.expectations.prefix(observations.count)
    let order = expectations.indices.sorted {
      (expectations[$0], $1) > (expectations[$1], $0)
    }
    let maximizer = AcquisitionMaximizer(
      space: space, posterior: posterior, seen: seen, shouldStop: shouldStop)
    var source = RandomSource(seed: seed, stream: UInt64(truncatingIfNeeded: index))
    return try maximizer.best(
      around: order.prefix(5).map { observations[$0].point }, seed: source.next())
  }
}
