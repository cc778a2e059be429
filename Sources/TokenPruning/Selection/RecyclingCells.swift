/// The recycling cells of a merged sequence; newline tokens belong to none.
struct RecyclingCells {
  /// The cell of each token, -1 for newlines.
  let cell: [Int32]
  /// The number of cells, none of which is empty.
  let count: Int

  init(_ geometry: TokenGeometry, cellSize: Double) {
    var cell = [Int32](repeating: -1, count: geometry.count)
    var first: Int32 = 0
    for region in geometry.regions {
      let down = CellBands(region.rows, cellSize: cellSize)
      let along = CellBands(region.columns, cellSize: cellSize)
      var cells = cell.mutableSpan
      for row in 0..<region.rows {
        let offset = region.offset + row * region.stride
        var line = cells._mutatingExtracting(offset..<offset + region.columns)
        Self.fill(&line, along.band.span, from: first + down.band[row] * Int32(along.count))
      }
      first += Int32(down.count * along.count)
    }
    self.cell = cell
    count = Int(first)
  }

  /// Numbers the cells of one row of a grid.
  private static func fill(
    _ line: inout MutableSpan<Int32>, _ bands: Span<Int32>, from start: Int32
  ) {
    precondition(line.count == bands.count)
    // In bounds: there are as many places as bands.
    for column in bands.indices {
      unsafe line[unchecked: column] = start &+ bands[unchecked: column]
    }
  }
}

/// The division of one axis into cells: `floor(float(i) / float(m))`, empty bands left out.
///
/// A true binary32 division: a reciprocal would move exact multiples of `m` down a cell.
struct CellBands {
  /// The band of each coordinate, from 0.
  let band: [Int32]
  let count: Int

  init(_ length: Int, cellSize: Double) {
    let size = Float(cellSize)
    var band = [Int32](repeating: 0, count: length)
    var (previous, current): (Float, Int32) = (0, 0)
    for index in 0..<length {
      let quotient = (Float(index) / size).rounded(.down)
      if quotient != previous { (previous, current) = (quotient, current + 1) }
      band[index] = current
    }
    self.band = band
    count = Int(current) + 1
  }

  /// How many bands have each size, ascending by size.
  var sizes: [(size: Int, bands: Int)] {
    var sizes: [(size: Int, bands: Int)] = []
    var start = 0
    for index in band.indices where index + 1 == band.count || band[index + 1] != band[index] {
      let size = index + 1 - start
      start = index + 1
      // Few sizes differ: those that a whole cell size rounds to, and the rest at the end.
      if let known = sizes.firstIndex(where: { $0.size == size }) {
        sizes[known].bands += 1
      } else {
        sizes.append((size, 1))
      }
    }
    return sizes.sorted { $0.size < $1.size }
  }
}
