/// A checked layout: the grids of the merged sequence and where their tokens come from.
struct TokenGeometry: Sendable {
  /// The longest sequence that is accepted, so that every index and product is small.
  static let maximumTokens = 1 << 22
  static let maximumFrames = 1 << 16
  static let maximumClsTokens = 64

  /// The leading axis of the item's tensors, nil for a layout without tiles.
  let tiles: Int?
  let tokensPerTile: Int
  let tileRows: Int
  let tileColumns: Int
  let clsTokens: Int
  /// Whether tokens have rows and columns.
  let isGrid: Bool
  /// Ascending by offset, adjoining.
  let regions: [TokenRegion]
  /// How many regions like the only one follow each other, where frames are not listed.
  let repetitions: Int
  /// Whether one newline token ends the whole sequence.
  let hasFinalNewline: Bool

  /// The length of the merged sequence.
  var count: Int {
    guard let last = regions.last else { return 0 }
    return last.offset + last.count * repetitions + (hasFinalNewline ? 1 : 0)
  }

  /// How many tokens of the merged sequence are newlines.
  var newlineCount: Int {
    regions.reduce(hasFinalNewline ? 1 : 0) { $0 + ($1.hasNewlines ? $1.rows : 0) }
  }

  var tileCount: Int { tiles ?? 1 }
  var hasNewlines: Bool { tiles != nil }

  /// Checks a layout and works out its geometry.
  ///
  /// Without `listsFrames` the frames of a film, all alike, are one region: enough to count tokens.
  init(_ layout: TokenLayout, listsFrames: Bool = true) throws(PruningError) {
    switch layout {
    case .grid(let rows, let columns, let clsTokens):
      try self.init(rows: rows, columns: columns, clsTokens: clsTokens, isGrid: true)
    case .sequence(let tokens, let clsTokens):
      try self.init(rows: 1, columns: tokens, clsTokens: clsTokens, isGrid: false)
    case .anyres(let layout):
      try self.init(layout)
    case .frames(let layout):
      try self.init(layout, listsFrames: listsFrames)
    }
  }

  private init(rows: Int, columns: Int, clsTokens: Int, isGrid: Bool) throws(PruningError) {
    let field: PruningField = isGrid ? .rows : .inputTokens
    try Self.check(rows, in: 1...Self.maximumTokens, field, "must be 1 to 4194304")
    try Self.check(
      columns, in: 1...Self.maximumTokens, isGrid ? .columns : .inputTokens,
      "must be 1 to 4194304")
    try Self.check(
      rows * columns, in: 1...Self.maximumTokens, field, "the grid has more than 4194304 tokens")
    try Self.check(clsTokens, in: 0...Self.maximumClsTokens, .clsTokens, "must be 0 to 64")
    tiles = nil
    tokensPerTile = rows * columns
    tileRows = rows
    tileColumns = columns
    self.clsTokens = clsTokens
    self.isGrid = isGrid
    hasFinalNewline = false
    repetitions = 1
    regions = [
      TokenRegion(
        offset: 0, rows: rows, columns: columns, hasNewlines: false,
        source: SourceMap(tileRows: rows, tileColumns: columns, rows: rows, columns: columns))
    ]
  }

  private init(_ layout: AnyresLayout) throws(PruningError) {
    let local = try AnyresMap(layout)
    let side = layout.side
    tiles = 1 + local.gridWidth * local.gridHeight
    tokensPerTile = side * side
    tileRows = side
    tileColumns = side
    clsTokens = 0
    isGrid = true
    hasFinalNewline = false
    repetitions = 1
    regions = [
      TokenRegion(
        offset: 0, rows: side, columns: side, hasNewlines: false,
        source: SourceMap(tileRows: side, tileColumns: side, rows: side, columns: side)),
      TokenRegion(
        offset: side * side, rows: local.rows, columns: local.columns, hasNewlines: true,
        source: local.source),
    ]
  }

  private init(_ layout: FramesLayout, listsFrames: Bool) throws(PruningError) {
    let (rows, columns, pool) = (layout.rows, layout.columns, layout.pool)
    try Self.check(layout.frames, in: 1...Self.maximumFrames, .frames, "must be 1 to 65536")
    try Self.check(rows, in: 1...Self.maximumTokens, .rows, "must be 1 to 4194304")
    try Self.check(columns, in: 1...Self.maximumTokens, .columns, "must be 1 to 4194304")
    try Self.check(
      rows * columns, in: 1...Self.maximumTokens / layout.frames, .frames,
      "the frames have more than 4194304 tokens")
    try Self.check(pool, in: 1...1024, .pool, "must be 1 to 1024")
    let first = TokenRegion(
      offset: 0, rows: (rows + pool - 1) / pool, columns: (columns + pool - 1) / pool,
      hasNewlines: false,
      source: SourceMap(tileRows: rows, tileColumns: columns, rows: rows, columns: columns))
    tiles = layout.frames
    tokensPerTile = rows * columns
    tileRows = rows
    tileColumns = columns
    clsTokens = 0
    isGrid = true
    hasFinalNewline = true
    regions = (0..<(listsFrames ? layout.frames : 1))
      .map { first.moved(to: $0 * first.count, firstTile: $0) }
    repetitions = listsFrames ? 1 : layout.frames
  }

  static func check(
    _ value: Int, in range: ClosedRange<Int>, _ field: PruningField, _ rule: StaticString
  ) throws(PruningError) {
    guard range.contains(value) else { throw .outOfRange(field, rule) }
  }

  /// The number of the region that holds a merged index, nil for the final newline.
  private func region(holding index: Int) -> Int? {
    var (low, high) = (0, regions.count)
    while high - low > 1 {
      let middle = (low + high) / 2
      if regions[middle].offset <= index { low = middle } else { high = middle }
    }
    return index < regions[low].offset + regions[low].count ? low : nil
  }

  /// What the token at a merged index is made of.
  func origin(of index: Int) -> TokenOrigin {
    guard let region = region(holding: index) else { return .newline }
    // Through the subscript each time: a copy of the region would count references.
    let (row, column) = (index - regions[region].offset)
      .quotientAndRemainder(dividingBy: regions[region].stride)
    return column < regions[region].columns
      ? regions[region].origin(row: row, column: column) : .newline
  }
}
