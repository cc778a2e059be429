extension TokenPositions {
  /// Looks up where the retained tokens lie.
  init(_ retained: [Int32], in geometry: TokenGeometry) {
    original = retained
    compact = [Int32](capacity: retained.count) { numbers in
      for number in retained.indices { numbers.append(Int32(truncatingIfNeeded: number)) }
    }
    guard geometry.isGrid else {
      (row, column, tile) = (nil, nil, nil)
      return
    }
    // What lies in no region is a newline.
    let newlines = [Int32](repeating: -1, count: retained.count)
    var (rows, columns, tiles) = (newlines, newlines, newlines)
    var places = PlaceLists(
      rows: rows.mutableSpan, columns: columns.mutableSpan, tiles: tiles.mutableSpan)
    for region in geometry.regions { places.append(retained.span, in: region) }
    (row, column, tile) = (rows, columns, tiles)
  }
}

/// Rows, columns and tiles of ascending tokens.
private struct PlaceLists: ~Copyable, ~Escapable {
  private var rows: MutableSpan<Int32>
  private var columns: MutableSpan<Int32>
  private var tiles: MutableSpan<Int32>
  private var count = 0

  /// Takes lists of one length.
  @_lifetime(copy rows, copy columns, copy tiles)
  init(
    rows: consuming MutableSpan<Int32>, columns: consuming MutableSpan<Int32>,
    tiles: consuming MutableSpan<Int32>
  ) {
    precondition(columns.count == rows.count && tiles.count == rows.count)
    self.rows = rows
    self.columns = columns
    self.tiles = tiles
  }

  /// Goes on with the tokens that lie in `region`.
  mutating func append(_ retained: Span<Int32>, in region: TokenRegion) {
    // Tokens ascend, so the row of the last one is where to go on, without a division.
    let (stride, width, end) = (region.stride, region.columns, region.offset + region.count)
    let single = region.source.singleTile
    var (row, start, place) = (0, region.offset, count)
    defer { count = place }
    while place < retained.count {
      let index = Int(retained[place])
      guard index < end else { return }
      while index - start >= stride {
        row &+= 1
        start &+= stride
      }
      let column = index - start
      rows[place] = Int32(truncatingIfNeeded: row)
      if column < width {
        // The lists are of one length.
        unsafe columns[unchecked: place] = Int32(truncatingIfNeeded: column)
        unsafe tiles[unchecked: place] = Int32(
          truncatingIfNeeded:
            single
            ?? region.source.tile(
              row: row, of: region.rows, column: column, of: region.columns))
      }
      place &+= 1
    }
  }
}
