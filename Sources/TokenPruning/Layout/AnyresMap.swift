/// The local map of an anyres image: grid choice, padding removal, optional reduction.
///
/// Integers and binary64 in the order in which LLaVA-OneVision computes them, since a single
/// rounding decides a row; `docs/algorithm.md`, equation 9.
struct AnyresMap {
  static let maximumSide = 1024
  static let maximumPixels = 1 << 24
  /// The reduction starts above this linear excess.
  private static let reductionThreshold = 1.1

  let gridWidth: Int
  let gridHeight: Int
  /// The window of the stitched map that holds the image.
  let source: SourceMap
  /// The map's size after the reduction.
  let rows: Int
  let columns: Int

  init(_ layout: AnyresLayout) throws(PruningError) {
    try Self.checkSizes(layout)
    (gridWidth, gridHeight) = try Self.grid(layout)
    let side = layout.side
    guard (gridWidth * gridHeight + 1) * side * side <= TokenGeometry.maximumTokens else {
      throw .outOfRange(.side, "the tiles have more than 4194304 tokens")
    }
    let (padRows, padColumns) = Self.padding(
      rows: gridHeight * side, columns: gridWidth * side, layout)
    source = SourceMap(
      firstTile: 1, tilesPerRow: gridWidth, tileRows: side, tileColumns: side,
      firstRow: padRows, firstColumn: padColumns, rows: gridHeight * side - 2 * padRows,
      columns: gridWidth * side - 2 * padColumns)
    (rows, columns) = Self.reduced(source.rows, source.columns, layout)
    guard rows >= 1, columns >= 1 else {
      throw .outOfRange(
        source.rows < source.columns ? .imageHeight : .imageWidth,
        "the image is too narrow to leave a row and a column of tokens")
    }
  }

  private static func checkSizes(_ layout: AnyresLayout) throws(PruningError) {
    try TokenGeometry.check(layout.side, in: 1...maximumSide, .side, "must be 1 to 1024")
    try TokenGeometry.check(
      layout.tilePixels, in: 1...maximumPixels, .tilePixels, "must be 1 to 16777216")
    try TokenGeometry.check(
      layout.imageWidth, in: 1...maximumPixels, .imageWidth, "must be 1 to 16777216")
    try TokenGeometry.check(
      layout.imageHeight, in: 1...maximumPixels, .imageHeight, "must be 1 to 16777216")
    try TokenGeometry.check(layout.maxTiles, in: 1...4096, .maxTiles, "must be 1 to 4096")
  }

  private static func grid(_ layout: AnyresLayout) throws(PruningError) -> (Int, Int) {
    switch (layout.gridWidth, layout.gridHeight) {
    case (nil, nil):
      return choose(layout)
    case (let width?, let height?):
      try TokenGeometry.check(width, in: 1...64, .gridWidth, "must be 1 to 64")
      try TokenGeometry.check(height, in: 1...64, .gridHeight, "must be 1 to 64")
      return (width, height)
    case (nil, _):
      throw .missing(.gridWidth, "grid_width and grid_height go together")
    case (_, nil):
      throw .missing(.gridHeight, "grid_width and grid_height go together")
    }
  }

  /// The grid of 1 to 6 tiles a side that shows most of the image, then wastes least.
  private static func choose(_ layout: AnyresLayout) -> (Int, Int) {
    let (width, height) = (layout.imageWidth, layout.imageHeight)
    var best = (width: 1, height: 1)
    var (mostShown, leastWasted) = (-1, 0)
    for gridWidth in 1...6 {
      for gridHeight in 1...6 {
        let (canvasWidth, canvasHeight) = (
          gridWidth * layout.tilePixels, gridHeight * layout.tilePixels
        )
        let scale = min(
          Double(canvasWidth) / Double(width), Double(canvasHeight) / Double(height))
        let shown = min(
          Int(Double(width) * scale) * Int(Double(height) * scale), width * height)
        let wasted = canvasWidth * canvasHeight - shown
        if shown > mostShown || (shown == mostShown && wasted < leastWasted) {
          (mostShown, leastWasted) = (shown, wasted)
          best = (gridWidth, gridHeight)
        }
      }
    }
    return best
  }

  /// The rows and columns to drop on either side, where the image was padded.
  private static func padding(
    rows: Int, columns: Int, _ layout: AnyresLayout
  ) -> (rows: Int, columns: Int) {
    let (width, height) = (Double(layout.imageWidth), Double(layout.imageHeight))
    if width / height > Double(columns) / Double(rows) {
      let used = Int(height * (Double(columns) / width))
      return ((rows - used) / 2, 0)
    }
    let used = Int(width * (Double(rows) / height))
    return (0, (columns - used) / 2)
  }

  private static func reduced(
    _ rows: Int, _ columns: Int, _ layout: AnyresLayout
  ) -> (Int, Int) {
    let capacity = layout.maxTiles * layout.side * layout.side
    let times = (Double(rows * columns) / Double(capacity)).squareRoot()
    guard times > reductionThreshold else { return (rows, columns) }
    return (floorQuotient(rows, times), floorQuotient(columns, times))
  }

  /// Floor division of binary64 through an exact remainder, as Python's `//` has it.
  private static func floorQuotient(_ dividend: Int, _ divisor: Double) -> Int {
    let value = Double(dividend)
    let quotient = (value - value.truncatingRemainder(dividingBy: divisor)) / divisor
    return Int(quotient.rounded())
  }
}
