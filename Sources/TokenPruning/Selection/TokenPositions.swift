extension TokenPositions {
  /// Looks up where the retained tokens lie.
  init(_ retained: [Int32], in geometry: TokenGeometry) {
    original = retained
    compact = (0..<Int32(retained.count)).map { $0 }
    guard geometry.isGrid else {
      (row, column, tile) = (nil, nil, nil)
      return
    }
    var places = PlaceLists(count: retained.count)
    for region in geometry.regions { places.append(retained.span, in: region) }
    places.appendNewlines(retained.count)
    (row, column, tile) = (places.rows, places.columns, places.tiles)
  }
}

/// Rows, columns and tiles of ascending tokens.
private struct PlaceLists {
  private(set) var rows: [Int32] = []
  private(set) var columns: [Int32] = []
  private(set) var tiles: [Int32] = []

  init(count: Int) {
    rows.reserveCapacity(count)
    columns.reserveCapacity(count)
    tiles.reserveCapacity(count)
  }

  /// Goes on with the tokens that lie in `region`.
  mutating func append(_ retained: Span<Int32>, in region: TokenRegion) {
    // Tokens ascend, so the row of the last one is where to go on, without a division.
    let (stride, width, end) = (region.stride, region.columns, region.offset + region.count)
    let single = region.source.singleTile
    var (row, start) = (0, region.offset)
    while rows.count < retained.count {
      let index = Int(retained[rows.count])
      guard index < end else { return }
      while index - start >= stride {
        row &+= 1
        start &+= stride
      }
      let column = index - start
      guard column < width else {
        append(row, -1, -1)
        continue
      }
      let tile =
        single
        ?? region.source.tile(row: row, of: region.rows, column: column, of: region.columns)
      append(row, column, tile)
    }
  }

  /// Ends with tokens that lie in no region.
  mutating func appendNewlines(_ count: Int) { while rows.count < count { append(-1, -1, -1) } }

  private mutating func append(_ row: Int, _ column: Int, _ tile: Int) {
    rows.append(Int32(row))
    columns.append(Int32(column))
    tiles.append(Int32(tile))
  }
}
