/// Minimises a smooth function inside a box by a limited-memory quasi-Newton method.
///
/// L-BFGS (Nocedal and Wright, "Numerical Optimization", algorithm 7.4) with steps projected onto the
/// box and coordinates held where the box stops them. Deterministic, bounded by `iterations`.
struct BoxMinimizer {
  /// The box.
  let bounds: [ClosedRange<Double>]
  /// The most steps.
  let iterations: Int
  /// A step that gains less than this ends the search.
  var tolerance = 1e-8
  private let memory = 8

  /// What is minimised: returns the value at a point and fills in the gradient.
  typealias Function = (_ point: [Double], _ gradient: inout [Double]) throws(OptimizerError) ->
    Double

  init(bounds: [ClosedRange<Double>], iterations: Int, tolerance: Double = 1e-8) {
    self.bounds = bounds
    self.iterations = iterations
    self.tolerance = tolerance
  }

  /// A place on the way.
  struct Place {
    var point: [Double]
    var value: Double
    var gradient: [Double]
  }

  /// The lowest place found from `start`.
  func minimize(from start: [Double], _ function: Function) throws(OptimizerError) -> Place {
    var place = try evaluate(clamped(start), function)
    guard place.value.isFinite else { return place }
    var history = CurvatureHistory(limit: memory)
    for _ in 0..<iterations {
      let held = held(place)
      guard let direction = descent(place, held, &history) else { return place }
      guard let next = try step(place, direction, history.isEmpty, function) else {
        if history.isEmpty { return place }
        history = CurvatureHistory(limit: memory)
        continue
      }
      history.learn(from: place, to: next)
      let gain = place.value - next.value
      place = next
      if gain < tolerance * max(1, abs(place.value)) { return place }
    }
    return place
  }

  private func evaluate(_ point: [Double], _ function: Function) throws(OptimizerError) -> Place {
    var gradient = [Double](repeating: 0, count: point.count)
    let value = try function(point, &gradient)
    return Place(point: point, value: value, gradient: gradient)
  }

  private func clamped(_ point: [Double]) -> [Double] {
    zip(point, bounds).map { min(max($0, $1.lowerBound), $1.upperBound) }
  }

  /// The coordinates that lie on the border with the function falling outwards.
  private func held(_ place: Place) -> [Bool] {
    bounds.indices.map { index in
      let (x, slope) = (place.point[index], place.gradient[index])
      return (x <= bounds[index].lowerBound && slope >= 0)
        || (x >= bounds[index].upperBound && slope <= 0)
    }
  }

  private func descent(
    _ place: Place, _ held: [Bool], _ history: inout CurvatureHistory
  ) -> [Double]? {
    let slope = zip(place.gradient, held).map { $1 ? 0 : $0 }
    guard slope.contains(where: { abs($0) > 1e-10 }), slope.allSatisfy(\.isFinite) else {
      return nil
    }
    let step = zip(history.product(slope), held).map { $1 ? 0 : -$0 }
    if dot(step, slope) < 0 { return step }
    history = CurvatureHistory(limit: memory)
    return slope.map { -$0 }
  }

  /// Shortens a step until it gains enough, nil when no length does.
  private func step(
    _ place: Place, _ direction: [Double], _ isFirst: Bool, _ function: Function
  ) throws(OptimizerError) -> Place? {
    let longest = direction.reduce(0) { max($0, abs($1)) }
    // Without knowledge of the curvature a step crosses a tenth of an average box.
    let widest = bounds.reduce(0) { max($0, $1.upperBound - $1.lowerBound) }
    var length = isFirst ? min(1, widest / 10 / longest) : 1
    for _ in 0..<12 {
      let target = clamped(zip(place.point, direction).map { $0 + length * $1 })
      let next = try evaluate(target, function)
      let expected = dot(place.gradient, zip(target, place.point).map { $0 - $1 })
      if next.value.isFinite, next.value <= place.value + 1e-4 * expected, expected < 0 {
        return next
      }
      length *= shortening(place.value, next.value, expected)
    }
    return nil
  }

  /// The lowest point of the parabola through both values and the first slope, kept in 0.1...0.5.
  private func shortening(_ value: Double, _ next: Double, _ slope: Double) -> Double {
    let curvature = next - value - slope
    guard curvature > 0, curvature.isFinite else { return 0.3 }
    return min(max(-slope / (2 * curvature), 0.1), 0.5)
  }

  private func dot(_ left: [Double], _ right: [Double]) -> Double {
    zip(left, right).reduce(0) { $0 + $1.0 * $1.1 }
  }
}

/// The last steps and what they did to the gradient.
struct CurvatureHistory {
  private let limit: Int
  private var pairs: [(step: [Double], change: [Double], scale: Double)] = []

  init(limit: Int) { self.limit = limit }

  var isEmpty: Bool { pairs.isEmpty }

  mutating func learn(from place: BoxMinimizer.Place, to next: BoxMinimizer.Place) {
    let step = zip(next.point, place.point).map { $0 - $1 }
    let change = zip(next.gradient, place.gradient).map { $0 - $1 }
    let product = dot(step, change)
    guard product > 1e-10 * (dot(step, step) * dot(change, change)).squareRoot() else { return }
    pairs.append((step, change, 1 / product))
    if pairs.count > limit { pairs.removeFirst() }
  }

  /// The estimate of the inverse second derivative times a vector, by the two-loop recursion.
  func product(_ vector: [Double]) -> [Double] {
    guard let last = pairs.last else { return vector }
    var result = vector
    var factors: [Double] = []
    for pair in pairs.reversed() {
      let factor = pair.scale * dot(pair.step, result)
      factors.append(factor)
      for index in result.indices { result[index] -= factor * pair.change[index] }
    }
    let scale = 1 / (last.scale * dot(last.change, last.change))
    for index in result.indices { result[index] *= scale }
    for (pair, factor) in zip(pairs, factors.reversed()) {
      let correction = factor - pair.scale * dot(pair.change, result)
      for index in result.indices { result[index] += correction * pair.step[index] }
    }
    return result
  }

  private func dot(_ left: [Double], _ right: [Double]) -> Double {
    zip(left, right).reduce(0) { $0 + $1.0 * $1.1 }
  }
}
