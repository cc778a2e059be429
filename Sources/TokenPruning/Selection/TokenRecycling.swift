/// Decides which tokens go, which recycled tokens replace them, and with which weights.
///
/// See `docs/algorithm.md`, equations 6 to 8.
struct TokenRecycling {
  let retained: [Int32]
  let recycledMask: [UInt8]
  let merges: Merges
  let prunedCount: Int

  /// Drops the `prunedCount` first tokens of `order`; with cells, merges each cell's.
  init(order: ImportanceOrder, prunedCount: Int, cells: RecyclingCells?, importance: [Float]) {
    self.prunedCount = prunedCount
    var isPruned = [Bool](repeating: false, count: importance.count)
    for index in order.indices.prefix(prunedCount) { isPruned[Int(index)] = true }
    guard let cells, prunedCount > 0 else {
      retained = isPruned.indices.lazy.filter { !isPruned[$0] }.map { Int32($0) }
      recycledMask = [UInt8](repeating: 0, count: retained.count)
      merges = .none
      return
    }
    let groups = CellGroups(isPruned: isPruned, cells: cells, importance: importance)
    (retained, recycledMask) = groups.retained(isPruned: isPruned)
    merges = groups.merges(isPruned: isPruned, importance: importance)
  }

  /// How many tokens must go so that exactly `target` rows come out; nil when no number does.
  ///
  /// Taking one more token out either opens a cell, which keeps the count, or lowers it by one,
  /// so a walk up the order meets every count and stops at the smallest number.
  static func exactPrunedCount(
    target: Int, order: ImportanceOrder, cells: RecyclingCells
  ) -> Int? {
    var isOpen = [Bool](repeating: false, count: cells.count)
    var rows = order.indices.count
    guard rows > target else { return 0 }
    for (pruned, index) in order.indices.enumerated() {
      let cell = Int(cells.cell[Int(index)])
      if cell >= 0, !isOpen[cell] {
        isOpen[cell] = true
      } else {
        rows -= 1
        if rows == target { return pruned + 1 }
      }
    }
    return nil
  }
}

/// The pruned tokens of each cell and the token they are merged onto.
private struct CellGroups {
  private let cell: [Int32]
  private var sizes: [Int32]
  /// The most important pruned token of each cell, the first among equals; -1 without any.
  private var hosts: [Int32]

  init(isPruned: [Bool], cells: RecyclingCells, importance: [Float]) {
    cell = cells.cell
    sizes = [Int32](repeating: 0, count: cells.count)
    hosts = [Int32](repeating: -1, count: cells.count)
    for token in isPruned.indices where isPruned[token] && cell[token] >= 0 {
      let group = Int(cell[token])
      sizes[group] += 1
      if hosts[group] < 0 || importance[token] > importance[Int(hosts[group])] {
        hosts[group] = Int32(token)
      }
    }
  }

  private func isHost(_ token: Int) -> Bool {
    cell[token] >= 0 && hosts[Int(cell[token])] == Int32(token)
  }

  func retained(isPruned: [Bool]) -> ([Int32], [UInt8]) {
    var retained: [Int32] = []
    var mask: [UInt8] = []
    retained.reserveCapacity(isPruned.count)
    mask.reserveCapacity(isPruned.count)
    for token in isPruned.indices where !isPruned[token] || isHost(token) {
      retained.append(Int32(token))
      mask.append(isPruned[token] ? 1 : 0)
    }
    return (retained, mask)
  }

  func merges(isPruned: [Bool], importance: [Float]) -> Merges {
    var next = [Int32](repeating: 0, count: sizes.count)
    var offsets: [Int32] = [0]
    offsets.reserveCapacity(sizes.count + 1)
    for token in isPruned.indices where isPruned[token] && isHost(token) {
      let group = Int(cell[token])
      next[group] = offsets[offsets.count - 1]
      offsets.append(next[group] + sizes[group])
    }
    var sources = [Int32](repeating: 0, count: Int(offsets[offsets.count - 1]))
    for token in isPruned.indices where isPruned[token] && cell[token] >= 0 {
      let group = Int(cell[token])
      sources[Int(next[group])] = Int32(token)
      next[group] += 1
    }
    var weights = sources.map { max(importance[Int($0)], 0) }
    for row in 0..<offsets.count - 1 {
      Self.normalise(&weights, Int(offsets[row])..<Int(offsets[row + 1]))
    }
    return Merges(offsets: offsets, sources: sources, weights: weights)
  }

  /// Scales non-negative weights to sum to 1; all zero become equal.
  private static func normalise(_ weights: inout [Float], _ range: Range<Int>) {
    var sum = 0.0
    for index in range { sum += Double(weights[index]) }
    for index in range {
      weights[index] = sum > 0 ? Float(Double(weights[index]) / sum) : 1 / Float(range.count)
    }
  }
}
