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
    let pruned = order.indices.span.extracting(..<prunedCount)
    guard let cells, prunedCount > 0 else {
      var isPruned = [Bool](repeating: false, count: importance.count)
      for index in pruned.indices { isPruned[Int(pruned[index])] = true }
      retained = isPruned.indices.lazy.filter { !isPruned[$0] }.map { Int32($0) }
      recycledMask = [UInt8](repeating: 0, count: retained.count)
      merges = .none
      return
    }
    let groups = CellGroups(pruned, cells: cells, importance: importance.span)
    var rows = RecycledRows(groups)
    (retained, recycledMask) = (rows.retained, rows.recycledMask)
    merges = rows.merges(groups, importance: importance.span)
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

// Spans below: unlike arrays they are not checked for other holders at each store.

/// The pruned tokens of each cell and the token they are merged onto.
private struct CellGroups {
  /// The cell of each pruned token; ``gone`` for a pruned newline, ``stays`` for all others.
  let group: [Int32]
  /// How many tokens of each cell are pruned.
  let sizes: [Int32]
  /// The most important pruned token of each cell, the first among equals; -1 without any.
  let hosts: [Int32]
  /// How many rows come out.
  let rowCount: Int

  static let gone: Int32 = -1
  static let stays: Int32 = -2

  init(_ pruned: Span<Int32>, cells: RecyclingCells, importance: Span<Float>) {
    var group = [Int32](repeating: Self.stays, count: importance.count)
    var sizes = [Int32](repeating: 0, count: cells.count)
    var hosts = [Int32](repeating: -1, count: cells.count)
    let recycled = Self.fill(&group, &sizes, &hosts, pruned, cells.cell.span, importance)
    (self.group, self.sizes, self.hosts) = (group, sizes, hosts)
    rowCount = importance.count - pruned.count + recycled
  }

  /// Sorts the pruned tokens into cells; returns how many cells there are any of.
  private static func fill(
    _ groups: inout [Int32], _ sizes: inout [Int32], _ hosts: inout [Int32],
    _ pruned: Span<Int32>, _ cell: Span<Int32>, _ importance: Span<Float>
  ) -> Int {
    var groups = groups.mutableSpan
    var sizes = sizes.mutableSpan
    var hosts = hosts.mutableSpan
    precondition(groups.count == cell.count && importance.count == cell.count)
    precondition(sizes.count == hosts.count)
    var opened = 0
    for index in pruned.indices {
      let token = pruned[index]
      // An order lists tokens that there are, as hosts are; a cell's number is checked below.
      let group = unsafe cell[unchecked: Int(token)]
      unsafe groups[unchecked: Int(token)] = group
      guard group >= 0 else { continue }
      sizes[Int(group)] &+= 1
      let host = unsafe hosts[unchecked: Int(group)]
      if host < 0 {
        opened &+= 1
      } else if unsafe importance[unchecked: Int(token)] <= importance[unchecked: Int(host)] {
        continue
      }
      unsafe hosts[unchecked: Int(group)] = token
    }
    return opened
  }
}

/// The rows that come out, and where the sources of the recycled ones go.
private struct RecycledRows {
  let retained: [Int32]
  let recycledMask: [UInt8]
  /// Where the sources of each recycled row begin, and where the last ones end.
  private let offsets: [Int32]
  /// Where the next source of each cell goes.
  private var places: [Int32]

  init(_ groups: CellGroups) {
    var retained = [Int32](repeating: 0, count: groups.rowCount)
    var recycledMask = [UInt8](repeating: 0, count: groups.rowCount)
    var places = [Int32](repeating: 0, count: groups.sizes.count)
    offsets = Self.list(groups, &retained, &recycledMask, &places)
    (self.retained, self.recycledMask, self.places) = (retained, recycledMask, places)
  }

  /// Lists the rows; returns the offsets.
  private static func list(
    _ groups: CellGroups, _ retained: inout [Int32], _ recycledMask: inout [UInt8],
    _ places: inout [Int32]
  ) -> [Int32] {
    let (group, sizes, hosts) = (groups.group.span, groups.sizes.span, groups.hosts.span)
    var retained = retained.mutableSpan
    var recycledMask = recycledMask.mutableSpan
    var places = places.mutableSpan
    return [Int32](capacity: sizes.count + 1) { offsets in
      var (row, total) = (0, Int32(0))
      offsets.append(0)
      for token in group.indices where group[token] != CellGroups.gone {
        if group[token] != CellGroups.stays {
          let cell = Int(group[token])
          guard hosts[cell] == Int32(truncatingIfNeeded: token) else { continue }
          recycledMask[row] = 1
          places[cell] = total
          total &+= sizes[cell]
          offsets.append(total)
        }
        retained[row] = Int32(truncatingIfNeeded: token)
        row &+= 1
      }
    }
  }

  /// The sources of all recycled rows with their weights.
  mutating func merges(_ groups: CellGroups, importance: Span<Float>) -> Merges {
    let total = Int(offsets[offsets.count - 1])
    var sources = [Int32](repeating: 0, count: total)
    var weights = [Float](repeating: 0, count: total)
    place(groups.group.span, importance, &sources, &weights)
    var span = weights.mutableSpan
    for row in 0..<offsets.count - 1 {
      var part = span._mutatingExtracting(Int(offsets[row])..<Int(offsets[row + 1]))
      Self.normalise(&part)
    }
    return Merges(offsets: offsets, sources: sources, weights: weights)
  }

  /// Lists each group's tokens and their importance, where that is not negative.
  private mutating func place(
    _ groups: Span<Int32>, _ importance: Span<Float>, _ sources: inout [Int32],
    _ weights: inout [Float]
  ) {
    var places = places.mutableSpan
    var sources = sources.mutableSpan
    var weights = weights.mutableSpan
    precondition(importance.count == groups.count && weights.count == sources.count)
    for token in groups.indices {
      // There are as many values of importance as tokens, and of weights as sources.
      let group = Int(unsafe groups[unchecked: token])
      guard group >= 0 else { continue }
      let place = Int(places[group])
      sources[place] = Int32(truncatingIfNeeded: token)
      unsafe weights[unchecked: place] = max(importance[unchecked: token], 0)
      unsafe places[unchecked: group] = Int32(truncatingIfNeeded: place &+ 1)
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
