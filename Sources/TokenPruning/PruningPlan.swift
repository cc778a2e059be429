/// A stage of a plan: how many tokens are present from its layer on.
public struct PlannedStage: Sendable, Equatable {
  /// The first layer that sees the shortened sequence.
  public let layer: Int
  /// The share kept of what entered the stage.
  public let retainRatio: Double
  /// The fewest tokens that any importance can leave.
  public let minimum: Int
  /// The most.
  public let maximum: Int
}

/// What a strategy leaves of an item, known from the layout alone.
///
/// In exact counting minimum and maximum agree. In reference counting they are reached by some
/// importance each; the minimum counts on newline tokens being pruned first, which takes an
/// importance above 1 and costs a bound without such values a few tokens of tightness.
public struct PruningPlan: Sendable, Equatable {
  /// The length of the merged sequence.
  public let inputTokens: Int
  /// How many of them are newline tokens.
  public let newlineTokens: Int
  /// The fewest rows that can leave the vision stage.
  public let minimum: Int
  /// The most rows that can leave the vision stage.
  public let maximum: Int
  /// One entry per stage after layer 0.
  public let stages: [PlannedStage]
  /// The savings with `maximum` rows.
  public let report: CostReport

  /// Plans without any tensor.
  ///
  /// - Parameters:
  ///   - layout: The arrangement of the tokens.
  ///   - strategy: Resolved here if it is not yet.
  ///   - textTokens: For the report.
  ///   - model: For the report.
  /// - Throws: ``PruningError`` naming the setting at fault.
  /// - Complexity: O(rows + columns) of all distinct grids.
  public init(
    layout: TokenLayout, strategy: PruningStrategy, textTokens: Int = 0,
    model: ModelShape = .standard
  ) throws(PruningError) {
    let strategy = try strategy.resolved()
    let geometry = try TokenGeometry(layout, listsFrames: false)
    let range = try VisionStageRange(geometry, strategy)
    let fewest = StageSchedule.counts(after: range.minimum, strategy: strategy)
    let most = StageSchedule.counts(after: range.maximum, strategy: strategy)
    inputTokens = geometry.count
    newlineTokens = geometry.newlineCount
    minimum = range.minimum
    maximum = range.maximum
    stages = strategy.stages.indices.dropFirst().map { stage in
      PlannedStage(
        layer: strategy.stages[stage].layer, retainRatio: strategy.retainRatios[stage],
        minimum: fewest[stage], maximum: most[stage])
    }
    report = try CostReport(
      inputTokens: geometry.count, stageCounts: most, strategy: strategy,
      textTokens: textTokens, model: model)
  }
}

/// The counts that the vision stage can have over all importances.
private struct VisionStageRange {
  let minimum: Int
  let maximum: Int

  init(_ geometry: TokenGeometry, _ strategy: PruningStrategy) throws(PruningError) {
    let count = geometry.count
    guard let cellSize = try RecyclingCells.size(geometry, strategy) else {
      let left = count - StageSchedule.prunedCount(of: count, strategy: strategy)
      (minimum, maximum) = (left, left)
      return
    }
    let cells = CellSizes(geometry, cellSize: cellSize)
    if strategy.count == .exact {
      let target = StageSchedule.exactCount(of: count, strategy: strategy)
      // Pruning everything leaves one token per cell, the fewest there can be.
      guard target >= cells.count else { throw .exactCountUnreachable }
      (minimum, maximum) = (target, target)
      return
    }
    let pruned = StageSchedule.prunedCount(of: count, strategy: strategy)
    let newlines = geometry.newlineCount
    let fewestPatches = max(0, pruned - newlines)
    let mostPatches = min(pruned, count - newlines)
    minimum = count - pruned + cells.fewest(holding: fewestPatches)
    maximum = count - pruned + min(cells.count, mostPatches)
  }
}

/// How many recycling cells of each size a layout has.
private struct CellSizes {
  /// Descending by size.
  private let sizes: [(tokens: Int, cells: Int)]
  let count: Int

  init(_ geometry: TokenGeometry, cellSize: Double) {
    var sizes: [(tokens: Int, cells: Int)] = []
    for region in geometry.regions {
      let along = CellBands(region.columns, cellSize: cellSize).sizes
      for down in CellBands(region.rows, cellSize: cellSize).sizes {
        sizes += along.map {
          ($0.size * down.size, geometry.repetitions * $0.bands * down.bands)
        }
      }
    }
    self.sizes = sizes.sorted { $0.tokens > $1.tokens }
    count = sizes.reduce(0) { $0 + $1.cells }
  }

  /// The fewest cells that `tokens` tokens can lie in: the largest first.
  func fewest(holding tokens: Int) -> Int {
    var (left, cells) = (tokens, 0)
    for size in sizes where left > 0 {
      let used = min(size.cells, (left + size.tokens - 1) / size.tokens)
      cells += used
      left -= used * size.tokens
    }
    return cells
  }
}
