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
    (retained, recycledMask) = groups.retained(isPruned: isPruned, prunedCount: prunedCount)
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
  private let sizes: [Int32]
  /// The most important pruned token of each cell, the first among equals; -1 without any.
  private let hosts: [Int32]

  init(isPruned: [Bool], cells: RecyclingCells, importance: [Float]) {
    let cell = cells.cell
    self.cell = cell
    var sizes = [Int32](repeating: 0, count: cells.count)
    var hosts = [Int32](repeating: -1, count: cells.count)
    Self.fill(&sizes, &hosts, isPruned.span, cell.span, importance.span)
    (self.sizes, self.hosts) = (sizes, hosts)
  }

  // Spans here and below: unlike arrays they are not checked for other holders at each store.
  private static func fill(
    _ sizes: inout [Int32], _ hosts: inout [Int32], _ isPruned: Span<Bool>, _ cell: Span<Int32>,
    _ importance: Span<Float>
  ) {
    var sizes = sizes.mutableSpan
    var hosts = hosts.mutableSpan
    for token in isPruned.indices where isPruned[token] && cell[token] >= 0 {
      let group = Int(cell[token])
      sizes[group] &+= 1
      let host = hosts[group]
      if host < 0 || importance[token] > importance[Int(host)] { hosts[group] = Int32(token) }
    }
  }

  /// The tokens that stay or are recycled, `prunedCount` having gone.
  func retained(isPruned: [Bool], prunedCount: Int) -> ([Int32], [UInt8]) {
    var recycled = 0
    for host in hosts where host >= 0 { recycled += 1 }
    let count = isPruned.count - prunedCount + recycled
    var retained = [Int32](repeating: 0, count: count)
    var mask = [UInt8](repeating: 0, count: count)
    list(isPruned.span, &retained, &mask)
    return (retained, mask)
  }

  private func list(_ isPruned: Span<Bool>, _ retained: inout [Int32], _ mask: inout [UInt8]) {
    let (cell, hosts) = (cell.span, hosts.span)
    var retained = retained.mutableSpan
    var mask = mask.mutableSpan
    var row = 0
    for token in isPruned.indices {
      if isPruned[token] {
        let group = Int(cell[token])
        guard group >= 0, hosts[group] == Int32(truncatingIfNeeded: token) else { continue }
        mask[row] = 1
      }
      retained[row] = Int32(truncatingIfNeeded: token)
      row &+= 1
    }
  }

  func merges(isPruned: [Bool], importance: [Float]) -> Merges {
    var next = [Int32](repeating: 0, count: sizes.count)
    var offsets: [Int32] = [0]
    offsets.reserveCapacity(sizes.count + 1)
    for token in hosts.lazy.filter({ $0 >= 0 }).sorted() {
      let group = Int(cell[Int(token)])
      next[group] = offsets[offsets.count - 1]
      offsets.append(next[group] + sizes[group])
    }
    let total = Int(offsets[offsets.count - 1])
    var sources = [Int32](repeating: 0, count: total)
    var weights = [Float](repeating: 0, count: total)
    Self.place(
      isPruned.span, cell.span, importance.span, next: &next, sources: &sources, weights: &weights)
    var span = weights.mutableSpan
    for row in 0..<offsets.count - 1 {
      var part = span._mutatingExtracting(Int(offsets[row])..<Int(offsets[row + 1]))
      Self.normalise(&part)
    }
    return Merges(offsets: offsets, sources: sources, weights: weights)
  }

  /// Lists each group's tokens and their importance, where that is not negative.
  private static func place(
    _ isPruned: Span<Bool>, _ cell: Span<Int32>, _ importance: Span<Float>,
    next: inout [Int32], sources: inout [Int32], weights: inout [Float]
  ) {
    var next = next.mutableSpan
    var sources = sources.mutableSpan
    var weights = weights.mutableSpan
    for token in isPruned.indices where isPruned[token] && cell[token] >= 0 {
      let group = Int(cell[token])
      let place = next[group]
      sources[Int(place)] = Int32(token)
      weights[Int(place)] = max(importance[token], 0)
      next[group] = place &+ 1
    }
  }

  /// Scales non-negative weights to sum to 1; all zero become equal.
  private static func normalise(_ weights: inout MutableSpan<Float>) {
    var sum = 0.0
    for index in weights.indices { sum += Double(weights[index]) }
    guard sum > 0 else {
      let equal = 1 / Float(weights.count)
      for index in weights.indices { weights[index] = equal }
      return
    }
    for index in weights.indices { weights[index] = Float(Double(weights[index]) / sum) }
  }
}
