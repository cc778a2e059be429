/// The total order of tokens that every cut uses: ascending by (importance, index).
///
/// -0 equals +0. A stable radix sort of order-preserving keys makes the index the tie-break at
/// no cost; one sort serves all stages, since later stages order subsets of the same tokens.
struct ImportanceOrder {
  /// Token indices, least important first.
  let indices: [Int32]

  /// Sorts finite importances.
  ///
  /// - Complexity: O(*n*), three passes.
  init(_ importance: [Float]) {
    let count = importance.count
    var keys = [UInt64](repeating: 0, count: count)
    var buffer = keys
    for index in 0..<count {
      keys[index] = UInt64(Self.key(importance[index])) << 32 | UInt64(index)
    }
    for shift in [32, 43, 54] { Self.pass(&keys, &buffer, shift: UInt64(shift)) }
    indices = keys.map { Int32(truncatingIfNeeded: $0) }
  }

  /// Unsigned order of keys is numeric order of values.
  private static func key(_ value: Float) -> UInt32 {
    let bits = (value + 0).bitPattern  // -0 + 0 is +0
    return bits & 0x8000_0000 == 0 ? bits | 0x8000_0000 : ~bits
  }

  /// Sorts stably by 11 bits from `shift`, leaving the result in `keys`.
  private static func pass(_ keys: inout [UInt64], _ buffer: inout [UInt64], shift: UInt64) {
    var starts = [Int](repeating: 0, count: 2048)
    for key in keys { starts[Int(key >> shift & 2047)] += 1 }
    if starts.contains(keys.count) { return }  // one digit for all: already in order
    var total = 0
    for digit in starts.indices {
      let size = starts[digit]
      starts[digit] = total
      total += size
    }
    for key in keys {
      let digit = Int(key >> shift & 2047)
      buffer[starts[digit]] = key
      starts[digit] += 1
    }
    swap(&keys, &buffer)
  }
}
