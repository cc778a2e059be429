/// The box of points among which the best one is sought.
public struct SearchSpace: Sendable, Hashable {
  /// The dimensions, in the order of a point's coordinates.
  public let parameters: [Parameter]

  /// Joins parameters to a space.
  ///
  /// - Parameter parameters: At least one, names unique.
  /// - Throws: ``OptimizerError/Code/invalidSpace``.
  public init(_ parameters: [Parameter]) throws(OptimizerError) {
    guard !parameters.isEmpty, Set(parameters.map(\.name)).count == parameters.count else {
      throw OptimizerError(.invalidSpace, rule: "a space has parameters, each with its own name")
    }
    self.parameters = parameters
  }

  /// The number of distinct points, nil where they are too many to count.
  var cardinality: Int? {
    var product = 1
    for parameter in parameters {
      guard let count = parameter.cardinality else { return nil }
      let (larger, overflow) = product.multipliedReportingOverflow(by: count)
      if overflow { return nil }
      product = larger
    }
    return product
  }

  /// The positions of the parameters whose values are real numbers.
  var realParameters: [Int] { parameters.indices.filter { parameters[$0].cardinality == nil } }

  /// The point itself with every coordinate inside its bounds.
  func admitted(_ point: [Double]) throws(OptimizerError) -> [Double] {
    guard point.count == parameters.count else {
      throw OptimizerError(.wrongDimension, rule: "a point has one coordinate per parameter")
    }
    var inside = point
    for index in point.indices {
      guard let value = parameters[index].admitted(point[index]) else {
        throw OptimizerError(
          .coordinateOutOfRange, parameter: index,
          rule: "a coordinate is finite, inside its bounds, and whole where it has to be")
      }
      inside[index] = value
    }
    return inside
  }

  /// What the model sees of a point.
  func scaled(_ point: [Double]) -> [Double] {
    point.indices.map { parameters[$0].scaled(point[$0]) }
  }

  /// The point at shares of all ranges.
  func point(atShares shares: [Double]) -> [Double] {
    shares.indices.map { parameters[$0].value(atShare: shares[$0]) }
  }

  /// All points of a small space, the last coordinate changing fastest.
  func everyPoint() -> [[Double]] {
    parameters.reduce(into: [[]]) { points, parameter in
      let count = parameter.cardinality ?? 1
      points = points.flatMap { head in
        (0..<count).map { head + [parameter.value(atShare: (Double($0) + 0.5) / Double(count))] }
      }
    }
  }
}
