/// Where a maximisation of the acquisition function starts: all over the space, and near good points.
struct CandidatePoints {
  /// The space.
  let space: SearchSpace
  /// Spaces of at most this many points are listed instead of sampled.
  static let listed = 1024

  /// Candidates in natural units.
  ///
  /// - Parameters:
  ///   - count: About how many.
  ///   - centers: Good points in natural units, best first.
  ///   - seed: What random choices follow from.
  /// - Returns: Points of the space; repetitions are possible.
  func points(count: Int, around centers: [[Double]], seed: UInt64) -> [[Double]] {
    if let cardinality = space.cardinality, cardinality <= CandidatePoints.listed {
      return space.everyPoint()
    }
    let sequence = QuasiRandomSequence(dimensions: space.parameters.count, seed: seed)
    let spread = (0..<count * 2 / 3).map { space.point(atShares: sequence.point(at: $0)) }
    guard !centers.isEmpty else { return spread }
    var source = RandomSource(seed: seed, stream: 1)
    return spread
      + (0..<count / 3).map { neighbour(of: centers[$0 % centers.count], round: $0, &source) }
  }

  /// A point that differs from `center` in some coordinates, at radii from a fifth of the range down.
  private func neighbour(
    of center: [Double], round: Int, _ source: inout RandomSource
  ) -> [Double] {
    let radius = [0.2, 0.05, 0.0125, 0.003][round / 5 % 4]
    let changed = source.nextIndex(below: center.count)
    let share = source.nextUnit()
    return center.indices.map { index in
      guard index == changed || source.nextUnit() < max(share, 0.2) else { return center[index] }
      return moved(space.parameters[index], center[index], radius, &source)
    }
  }

  private func moved(
    _ parameter: Parameter, _ value: Double, _ radius: Double, _ source: inout RandomSource
  ) -> Double {
    switch parameter.kind {
    case .categorical: return parameter.value(atShare: source.nextUnit())
    case .integer(let bounds):
      let count = Double(bounds.upperBound - bounds.lowerBound + 1)
      let step = max((radius * count * 2 * source.nextUnit()).rounded(), 1)
      let target = source.next() & 1 == 0 ? value + step : value - step
      return min(max(target, Double(bounds.lowerBound)), Double(bounds.upperBound))
    case .linear, .logarithmic:
      // The sum of three uniform numbers is nearly normal and needs no logarithm.
      let normal = 2 * (source.nextUnit() + source.nextUnit() + source.nextUnit()) - 3
      let share = parameter.scaled(value) + radius * normal
      return parameter.value(atShare: min(max(share, 0), 1))
    }
  }

  /// Points that differ in one whole number or choice: the next ones up and down, and every choice.
  func steps(from point: [Double]) -> [[Double]] {
    space.parameters.indices.flatMap { index -> [[Double]] in
      let values: [Double]
      switch space.parameters[index].kind {
      case .linear, .logarithmic: values = []
      case .integer: values = [point[index] - 1, point[index] + 1]
      case .categorical(let count): values = (0..<min(count, 32)).map(Double.init)
      }
      return values.compactMap { value in
        guard value != point[index], space.parameters[index].admitted(value) != nil else {
          return nil
        }
        var neighbour = point
        neighbour[index] = value
        return neighbour
      }
    }
  }
}
