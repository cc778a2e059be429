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
    for index in retained {
      while region < geometry.regions.count, geometry.regions[region].ends(before: Int(index)) {
        region += 1
      }
      let place =
        region < geometry.regions.count
        ? geometry.regions[region].place(of: Int(index)) : (row: -1, column: -1, tile: -1)
      rows.append(Int32(place.row))
      columns.append(Int32(place.column))
      tiles.append(Int32(place.tile))
    }
    (row, column, tile) = (rows, columns, tiles)
  }
}

extension TokenRegion {
  fileprivate func ends(before index: Int) -> Bool { offset + count <= index }

  fileprivate func place(of index: Int) -> (row: Int, column: Int, tile: Int) {
    let (row, column) = (index - offset).quotientAndRemainder(dividingBy: stride)
    guard column < columns else { return (row, -1, -1) }
    return (row, column, source.tile(row: row, of: rows, column: column, of: columns))
  }
}
