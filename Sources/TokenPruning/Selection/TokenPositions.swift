extension TokenPositions {
  /// Looks up where the retained tokens lie.
  init(_ retained: [Int32], in geometry: TokenGeometry) {
    original = retained
    compact = (0..<Int32(retained.count)).map { $0 }
    guard geometry.isGrid else {
      (row, column, tile) = (nil, nil, nil)
      return
    }
    var rows: [Int32] = []
    var columns: [Int32] = []
    var tiles: [Int32] = []
    rows.reserveCapacity(retained.count)
    columns.reserveCapacity(retained.count)
    tiles.reserveCapacity(retained.count)
    var region = 0
    // Indices ascend, so the row of the last one is where to go on.
    var (line, lineStart) = (0, geometry.regions.first?.offset ?? 0)
    for index in retained {
      while region < geometry.regions.count, geometry.regions[region].ends(before: Int(index)) {
        region += 1
        if region < geometry.regions.count {
          (line, lineStart) = (0, geometry.regions[region].offset)
        }
      }
      guard region < geometry.regions.count else {
        rows.append(-1)
        columns.append(-1)
        tiles.append(-1)
        continue
      }
      let stride = geometry.regions[region].stride
      while Int(index) - lineStart >= stride {
        line += 1
        lineStart += stride
      }
      let place = geometry.regions[region].place(row: line, column: Int(index) - lineStart)
      rows.append(Int32(place.row))
      columns.append(Int32(place.column))
      tiles.append(Int32(place.tile))
    }
    (row, column, tile) = (rows, columns, tiles)
  }
}

extension TokenRegion {
  fileprivate func ends(before index: Int) -> Bool { offset + count <= index }

  fileprivate func place(row: Int, column: Int) -> (row: Int, column: Int, tile: Int) {
    guard column < columns else { return (row, -1, -1) }
    return (row, column, source.tile(row: row, of: rows, column: column, of: columns))
  }
}
