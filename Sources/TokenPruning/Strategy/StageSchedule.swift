/// Token counts per stage, with the published method's roundings.
enum StageSchedule {
  /// How many of `count` tokens a ratio removes: `round_half_even(count * (1 - ratio))`.
  ///
  /// VFlowOpt rounds a binary64 product half to even; `docs/algorithm.md`, equations 6 and 11.
  static func removed(from count: Int, ratio: Double) -> Int {
    Int((Double(count) * (1 - ratio)).rounded(.toNearestOrEven))
  }

  /// The number of recycled tokens that the method expects: `truncate(count / (m * m))`.
  static func expectedRecycled(of count: Int, cellSize: Double) -> Int {
    Int((Double(count) / (cellSize * cellSize)).rounded(.towardZero))
  }

  /// The number of tokens to take out in the vision stage under the reference rule.
  static func prunedCount(of count: Int, strategy: PruningStrategy) -> Int {
    let ratio = strategy.retainRatios[0]
    guard ratio < 1 else { return 0 }
    let removed = removed(from: count, ratio: ratio)
    guard strategy.recycling == .grid, let size = strategy.recyclingCellSize else {
      return removed
    }
    return min(count, removed + expectedRecycled(of: count, cellSize: size))
  }

  /// The number of rows that exact counting promises.
  static func exactCount(of count: Int, strategy: PruningStrategy) -> Int {
    count - removed(from: count, ratio: strategy.retainRatios[0])
  }

  /// The counts of all stages, the vision stage's own first.
  static func counts(after visionStage: Int, strategy: PruningStrategy) -> [Int] {
    var counts = [visionStage]
    for ratio in strategy.retainRatios.dropFirst() {
      let current = counts[counts.count - 1]
      counts.append(current - removed(from: current, ratio: ratio))
    }
    return counts
  }
}
