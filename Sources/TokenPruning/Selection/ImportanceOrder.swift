/// The total order of tokens that every cut uses: ascending by (importance, index).
///
/// -0 equals +0. A stable radix sort of order-preserving keys makes the index the tie-break at
/// no cost; one sort serves all stages, since later stages order subsets of the same tokens.
struct ImportanceOrder {
  /// Token indices, least important first.
  let indices: [Int32]

  /// Sorts finite importances.
  ///
  /// - Complexity: O(*n*), four passes.
  init(_ importance: [Float]) {
    var keys = importance.indices.map { UInt64(Self.key(importance[$0])) << 32 | UInt64($0) }
    var buffer = [UInt64](repeating: 0, count: keys.count)
    for shift: UInt64 in [32, 40, 48, 56] where Self.sort(keys.span, into: &buffer, shift: shift) {
      swap(&keys, &buffer)
    }
    indices = keys.map { Int32(truncatingIfNeeded: $0) }
  }

  /// Unsigned order of keys is numeric order of values.
  private static func key(_ value: Float) -> UInt32 {
    let bits = (value + 0).bitPattern  // -0 + 0 is +0
    return bits & 0x8000_0000 == 0 ? bits | 0x8000_0000 : ~bits
  }

  /// Sorts stably by 8 bits from `shift`; false, and nothing written, if these are all equal.
  private static func sort(
    _ keys: Span<UInt64>, into sorted: inout [UInt64], shift: UInt64
  ) -> Bool {
    var starts = [256 of Int](repeating: 0)
    for index in keys.indices { starts[Int(keys[index] >> shift & 255)] += 1 }
    var total = 0
    for digit in starts.indices {
      let size = starts[digit]
      if size == keys.count { return false }
      starts[digit] = total
      total += size
    }
    // A span is not checked for other holders at each store, as an array is.
    var target = sorted.mutableSpan
    for index in keys.indices {
      let digit = Int(keys[index] >> shift & 255)
      target[starts[digit]] = keys[index]
      starts[digit] += 1
    }
    return true
  }
}
