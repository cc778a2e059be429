/// Turns an importance map into a selection for every stage.
struct TokenSelector {
  let map: ImportanceMap
  let strategy: PruningStrategy

  /// Every stage lists its rows, so many stages of many rows would be out of all proportion.
  static let maximumStageRows = 1 << 24

  private var geometry: TokenGeometry { map.geometry }

  func selection() throws(PruningError) -> Selection {
    let importance = map.merged
    let order = ImportanceOrder(importance)
    let cells = try RecyclingCells(geometry, strategy: strategy)
    let recycling = TokenRecycling(
      order: order, prunedCount: try prunedCount(order, cells), cells: cells,
      importance: importance)
    let allRecycled = cells != nil && recycling.prunedCount == importance.count
    return Selection(
      inputTokens: importance.count, retainedIndices: recycling.retained,
      recycledMask: recycling.recycledMask,
      importance: recycling.retained.map { importance[Int($0)] }, merges: recycling.merges,
      stages: try stages(order, recycling.retained),
      positions: TokenPositions(recycling.retained, in: geometry), map: map,
      flags: map.flags + (allRecycled ? [.allRecycled] : []),
      newlineTokens: geometry.newlineCount, geometry: geometry)
  }

  private func prunedCount(
    _ order: ImportanceOrder, _ cells: RecyclingCells?
  ) throws(PruningError) -> Int {
    let count = order.indices.count
    guard strategy.count == .exact, let cells else {
      return StageSchedule.prunedCount(of: count, strategy: strategy)
    }
    let target = StageSchedule.exactCount(of: count, strategy: strategy)
    guard
      let pruned = TokenRecycling.exactPrunedCount(target: target, order: order, cells: cells)
    else { throw .exactCountUnreachable }
    return pruned
  }

  /// The rows of each later stage.
  ///
  /// Rows leave in the one order of the whole item, so every stage is a suffix of it and the
  /// stages are nested by construction.
  private func stages(
    _ order: ImportanceOrder, _ retained: [Int32]
  ) throws(PruningError) -> [RetainedStage] {
    guard strategy.stages.count > 1 else { return [] }
    let counts = StageSchedule.counts(after: retained.count, strategy: strategy)
    guard counts.dropFirst().reduce(0, +) <= Self.maximumStageRows else {
      throw .outOfRange(.stages, "the later stages keep more than 16777216 rows together")
    }
    let rank = ranks(order, retained)
    var rows = [Int32](capacity: retained.count) { rows in
      for row in retained.indices { rows.append(Int32(truncatingIfNeeded: row)) }
    }
    return strategy.stages.indices.dropFirst().map { stage in
      // Of the rows of the stage before, so that long lists of stages cost what they keep.
      rows = Self.rows(
        of: rows.span, from: retained.count - counts[stage], rank.span, count: counts[stage])
      return RetainedStage(
        layer: strategy.stages[stage].layer, retainRatio: strategy.retainRatios[stage],
        retainedRows: rows)
    }
  }

  /// The `count` rows whose rank is not below `first`.
  private static func rows(
    of rows: Span<Int32>, from first: Int, _ rank: Span<Int32>, count: Int
  ) -> [Int32] {
    [Int32](capacity: count) { left in
      for index in rows.indices {
        let row = rows[index]
        if rank[Int(row)] >= first { left.append(row) }
      }
    }
  }

  /// The rank of each retained row among the retained rows, least important first.
  private func ranks(_ order: ImportanceOrder, _ retained: [Int32]) -> [Int32] {
    var rows = [Int32](repeating: -1, count: order.indices.count)
    var row = rows.mutableSpan
    let (retained, order) = (retained.span, order.indices.span)
    for index in retained.indices { row[Int(retained[index])] = Int32(truncatingIfNeeded: index) }
    var ranks = [Int32](repeating: 0, count: retained.count)
    var rank = ranks.mutableSpan
    var next: Int32 = 0
    for index in order.indices {
      // The order lists each token once, and there are as many rows.
      let row = unsafe row[unchecked: Int(order[index])]
      guard row >= 0 else { continue }
      rank[Int(row)] = next
      next &+= 1
    }
    return ranks
  }
}

extension PruningError {
  static var exactCountUnreachable: PruningError {
    .outOfRange(
      .retainRatio, stage: 0, "leaves fewer tokens than there are recycling cells to fill")
  }
}

extension RecyclingCells {
  /// The cells that a strategy needs for a layout; nil where nothing is recycled.
  init?(_ geometry: TokenGeometry, strategy: PruningStrategy) throws(PruningError) {
    guard let size = try Self.size(geometry, strategy) else { return nil }
    self.init(geometry, cellSize: size)
  }

  /// The cell side that a strategy uses on a layout; nil where nothing is recycled.
  static func size(
    _ geometry: TokenGeometry, _ strategy: PruningStrategy
  ) throws(PruningError) -> Double? {
    guard strategy.recycling == .grid, strategy.retainRatios[0] < 1 else { return nil }
    guard let size = strategy.recyclingCellSize else {
      throw .missing(.recyclingCellSize, "needed where recycling is grid")
    }
    guard geometry.isGrid else {
      throw PruningError(
        .missingValue, field: .layout, tokens: geometry.count,
        rule: "without a layout the number of tokens must be a square where tokens are recycled")
    }
    return size
  }
}
