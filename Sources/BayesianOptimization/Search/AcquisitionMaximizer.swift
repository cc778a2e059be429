/// Finds the point where the acquisition function is highest, within bounded time.
///
/// Candidates are scored; the best few climb along the gradient in real parameters and step in
/// others. The effort shrinks with the number of observations, because each look at the model grows
/// with its square.
struct AcquisitionMaximizer {
  private let space: SearchSpace
  private let function: AcquisitionFunction
  private let candidates: CandidatePoints
  private let seen: Set<[Double]>
  private let shouldStop: () -> Bool

  /// A candidate and the value of the function there.
  private struct Scored {
    var point: [Double]
    var value: Double
  }

  /// Prepares a search.
  ///
  /// - Parameters:
  ///   - space: Where to look.
  ///   - posterior: What is known.
  ///   - seen: Points not to be suggested again while there are others.
  ///   - shouldStop: Asked now and then.
  init(
    space: SearchSpace, posterior: Posterior, seen: Set<[Double]>,
    shouldStop: @escaping () -> Bool
  ) {
    self.space = space
    function = AcquisitionFunction(posterior: posterior)
    candidates = CandidatePoints(space: space)
    self.seen = seen
    self.shouldStop = shouldStop
  }

  /// The best point found.
  ///
  /// - Parameters:
  ///   - centers: Good points, best first.
  ///   - seed: What random choices follow from.
  /// - Returns: A point in natural units that has not been seen, if there is any.
  /// - Throws: ``OptimizerError/Code/interrupted``.
  func best(around centers: [[Double]], seed: UInt64) throws(OptimizerError) -> [Double] {
    let effort = effort
    let points = candidates.points(count: effort.candidates, around: centers, seed: seed)
    let fresh = points.filter { !seen.contains($0) }
    let scored = try scored(fresh.isEmpty ? points : fresh)
    var best = scored[0]
    for start in distinct(scored, count: effort.climbs) {
      let top = try improved(start, iterations: effort.iterations)
      if top.value > best.value { best = top }
    }
    return best.point
  }

  private var effort: (candidates: Int, climbs: Int, iterations: Int) {
    let count = function.posterior.design.count
    let candidates = min(max(15_000_000 / (count * count / 2 + 20 * count + 1), 256), 2048)
    switch count {
    case ...128: return (candidates, 8, 40)
    case ...400: return (candidates, 3, 16)
    default: return (candidates, 2, 12)
    }
  }

  /// Candidates with their values, best first; equal ones in their order.
  private func scored(_ points: [[Double]]) throws(OptimizerError) -> [Scored] {
    var scored: [Scored] = []
    scored.reserveCapacity(points.count)
    for first in stride(from: 0, to: points.count, by: 8) {
      if shouldStop() { throw .interrupted }
      let group = points[first..<min(first + 8, points.count)]
      let beliefs = function.posterior.beliefs(at: group.map(space.scaled))
      for (point, belief) in zip(group, beliefs) {
        scored.append(Scored(point: point, value: function.value(belief)))
      }
    }
    let order = scored.indices.sorted {
      (scored[$0].value, $1) > (scored[$1].value, $0)
    }
    return order.map { scored[$0] }
  }

  /// The best candidates that are not on each other's heels.
  private func distinct(_ scored: [Scored], count: Int) -> [Scored] {
    var chosen: [Scored] = []
    for candidate in scored where chosen.count < count {
      let place = space.scaled(candidate.point)
      let isApart = chosen.allSatisfy { other in
        zip(space.scaled(other.point), place).contains { abs($0 - $1) > 0.02 }
      }
      if isApart { chosen.append(candidate) }
    }
    return chosen
  }

  private func improved(_ start: Scored, iterations: Int) throws(OptimizerError) -> Scored {
    var top = try climbed(start, iterations: iterations)
    for _ in 0..<4 {
      let steps = candidates.steps(from: top.point).filter { !seen.contains($0) }
      guard let step = try scored(steps).first, step.value > top.value else { break }
      top = try climbed(step, iterations: iterations / 2)
    }
    return top
  }

  /// Follows the gradient in the real parameters.
  private func climbed(_ start: Scored, iterations: Int) throws(OptimizerError) -> Scored {
    let moving = space.realParameters
    guard !moving.isEmpty else { return start }
    let place = space.scaled(start.point)
    let minimizer = BoxMinimizer(
      bounds: moving.map { _ in 0...1 }, iterations: iterations, tolerance: 1e-7)
    let top = try minimizer.minimize(from: moving.map { place[$0] }) {
      (shares, gradient) throws(OptimizerError) in
      if shouldStop() { throw .interrupted }
      var point = place
      for (index, share) in zip(moving, shares) { point[index] = share }
      let (value, slope) = function.slope(at: point)
      for position in moving.indices { gradient[position] = -slope[moving[position]] }
      return -value
    }
    guard -top.value > start.value else { return start }
    var point = start.point
    for (index, share) in zip(moving, top.point) {
      point[index] = space.parameters[index].value(atShare: share)
    }
    return seen.contains(point) ? start : Scored(point: point, value: -top.value)
  }
}
