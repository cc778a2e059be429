/// Scaled points, stored by parameter so that distances to all of them are one loop per parameter.
struct DesignMatrix: Sendable {
  /// Whether the values of a parameter have no order.
  let categorical: [Bool]
  /// The coordinates, by parameter and point.
  private(set) var columns: [[Double]]
  /// The number of points.
  private(set) var count = 0

  /// No points yet.
  init(space: SearchSpace) {
    categorical = space.parameters.map(\.isCategorical)
    columns = space.parameters.map { _ in [] }
  }

  /// The number of parameters.
  var dimensions: Int { columns.count }

  /// Adds a point.
  mutating func append(_ scaled: [Double]) {
    for dimension in columns.indices { columns[dimension].append(scaled[dimension]) }
    count += 1
  }

  /// The point at a position.
  func point(_ index: Int) -> [Double] { columns.map { $0[index] } }

  /// Some of the points.
  func selecting(_ positions: [Int]) -> DesignMatrix {
    var selection = self
    selection.columns = columns.map { column in positions.map { column[$0] } }
    selection.count = positions.count
    return selection
  }
}
