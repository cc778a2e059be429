/// Where the tokens of a map lie in the tensors: a window on a grid of tiles.
struct SourceMap: Sendable, Equatable {
  /// The first tile of the map.
  var firstTile = 0
  /// Tiles side by side in the map.
  var tilesPerRow = 1
  /// The grid of one tile.
  let tileRows: Int
  let tileColumns: Int
  /// The window's first row and column in the stitched map.
  var firstRow = 0
  var firstColumn = 0
  /// The window's size.
  let rows: Int
  let columns: Int

  /// The row of `[tiles * n, …]` that holds the token at a window position.
  func tokenRow(_ row: Int, _ column: Int) -> Int {
    let mapRow = row + firstRow
    let mapColumn = column + firstColumn
    let tile = firstTile + mapRow / tileRows * tilesPerRow + mapColumn / tileColumns
    return tile * (tileRows * tileColumns)
      + mapRow % tileRows * tileColumns + mapColumn % tileColumns
  }

  /// The tile that holds the whole window, if one does.
  var singleTile: Int? {
    firstRow + rows <= tileRows && firstColumn + columns <= tileColumns ? firstTile : nil
  }

  /// The tile at the centre of cell (`row`, `column`) of a `rows` x `columns` division.
  func tile(row: Int, of rows: Int, column: Int, of columns: Int) -> Int {
    // centre = first + (2 i + 1) * size / (2 count), in integers so that no rounding decides.
    let down = (2 * rows * firstRow + (2 * row + 1) * self.rows) / (2 * rows * tileRows)
    let along =
      (2 * columns * firstColumn + (2 * column + 1) * self.columns)
      / (2 * columns * tileColumns)
    return firstTile + down * tilesPerRow + along
  }
}

/// A token of the merged sequence in terms of the tensors.
enum TokenOrigin: Equatable {
  /// A row of the tokens as it is.
  case row(Int)
  /// Four rows, mixed: upper left, upper right, lower left, lower right.
  case mix(rows: (Int, Int, Int, Int), down: Float, along: Float)
  /// The newline embedding.
  case newline

  static func == (left: TokenOrigin, right: TokenOrigin) -> Bool {
    switch (left, right) {
    case (.row(let a), .row(let b)): a == b
    case (.mix(let a, let b, let c), .mix(let d, let e, let f)): a == d && b == e && c == f
    case (.newline, .newline): true
    default: false
    }
  }
}

/// One grid of the merged sequence, with its own recycling cells.
struct TokenRegion: Sendable {
  /// The region's first index in the merged sequence.
  let offset: Int
  let rows: Int
  let columns: Int
  /// Whether a newline token ends every row.
  let hasNewlines: Bool
  let source: SourceMap
  /// The bilinear reduction from the source's size, if there is one.
  let reduction: (down: BilinearAxis, along: BilinearAxis)?

  init(offset: Int, rows: Int, columns: Int, hasNewlines: Bool, source: SourceMap) {
    self.offset = offset
    self.rows = rows
    self.columns = columns
    self.hasNewlines = hasNewlines
    self.source = source
    let down = BilinearAxis(from: source.rows, to: rows)
    let along = BilinearAxis(from: source.columns, to: columns)
    reduction =
      down == nil && along == nil
      ? nil
      : (down ?? BilinearAxis(identity: rows), along ?? BilinearAxis(identity: columns))
  }

  private init(copying other: TokenRegion, offset: Int, firstTile: Int) {
    self.offset = offset
    rows = other.rows
    columns = other.columns
    hasNewlines = other.hasNewlines
    var source = other.source
    source.firstTile = firstTile
    self.source = source
    reduction = other.reduction
  }

  /// The same region of another tile, elsewhere in the sequence; the axes are shared.
  func moved(to offset: Int, firstTile: Int) -> TokenRegion {
    TokenRegion(copying: self, offset: offset, firstTile: firstTile)
  }

  /// The distance between rows in the merged sequence.
  var stride: Int { hasNewlines ? columns + 1 : columns }
  /// The region's share of the merged sequence.
  var count: Int { rows * stride }

  /// What the token at a grid position is made of; requires `column < columns`.
  func origin(row: Int, column: Int) -> TokenOrigin {
    guard let reduction else { return .row(source.tokenRow(row, column)) }
    let (top, bottom) = (Int(reduction.down.lower[row]), Int(reduction.down.upper[row]))
    let (left, right) = (
      Int(reduction.along.lower[column]), Int(reduction.along.upper[column])
    )
    return .mix(
      rows: (
        source.tokenRow(top, left), source.tokenRow(top, right),
        source.tokenRow(bottom, left), source.tokenRow(bottom, right)
      ),
      down: reduction.down.upperWeight[row], along: reduction.along.upperWeight[column])
  }
}
