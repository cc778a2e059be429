/// The total order of tokens that every cut uses: ascending by (importance, index).
///
/// -0 equals +0. A stable radix sort of order-preserving keys makes the index the tie-break at
/// no cost; one sort serves all stages, since later stages order subsets of the same tokens.
struct ImportanceOrder {
  /// Token indices, least important first.
  let indices: [Int32]

  /// Sorts finite importances.
  ///
  /// - Complexity: O(*n*), one pass that counts and at most four that move.
  init(_ importance: [Float]) {
    let count = importance.count
    var keys = [UInt64](repeating: 0, count: count)
    var buffer = [UInt64](repeating: 0, count: count)
    // How often each of the four digits of 8 bits has each value.
    var starts = [Int](repeating: 0, count: 4 * 256)
    Self.makeKeys(importance.span, &keys, &starts)
    for digit in 0..<4 where Self.sum(&starts, digit, count) {
      Self.move(keys.span, into: &buffer, by: digit, &starts)
      swap(&keys, &buffer)
    }
    indices = Self.indices(of: keys.span)
  }

  private static func indices(of keys: Span<UInt64>) -> [Int32] {
    var indices = [Int32](repeating: 0, count: keys.count)
    var span = indices.mutableSpan
    for place in keys.indices { span[place] = Int32(truncatingIfNeeded: keys[place]) }
    return indices
  }

  // Spans below: unlike arrays they are not checked for other holders at each store.

  private static func makeKeys(
    _ importance: Span<Float>, _ keys: inout [UInt64], _ counts: inout [Int]
  ) {
    var keys = keys.mutableSpan
    var counts = counts.mutableSpan
    for index in importance.indices {
      let key = key(importance[index])
      keys[index] = UInt64(key) << 32 | UInt64(index)
      // There are 1024 counts, and each index below has one of its 256 values of 8 bits.
      unsafe counts[unchecked: Int(key & 255)] &+= 1
      unsafe counts[unchecked: 256 | Int(key >> 8 & 255)] &+= 1
      unsafe counts[unchecked: 512 | Int(key >> 16 & 255)] &+= 1
      unsafe counts[unchecked: 768 | Int(key >> 24)] &+= 1
    }
  }

  /// Unsigned order of keys is numeric order of values.
  private static func key(_ value: Float) -> UInt32 {
    let bits = (value + 0).bitPattern  // -0 + 0 is +0
    return bits & 0x8000_0000 == 0 ? bits | 0x8000_0000 : ~bits
  }

  /// Turns the counts of a digit into the places where its values begin; false if all are equal.
  private static func sum(_ counts: inout [Int], _ digit: Int, _ count: Int) -> Bool {
    var counts = counts.mutableSpan
    var total = 0
    for value in digit * 256..<digit * 256 + 256 {
      let size = counts[value]
      if size == count { return false }
      counts[value] = total
      total &+= size
    }
    return true
  }

  /// Moves keys to their places by one digit, stably.
  private static func move(
    _ keys: Span<UInt64>, into sorted: inout [UInt64], by digit: Int, _ starts: inout [Int]
  ) {
    var sorted = sorted.mutableSpan
    var starts = starts.mutableSpan
    let shift = UInt64(32 + 8 * digit)
    for index in keys.indices {
      let key = keys[index]
      let value = digit << 8 | Int(truncatingIfNeeded: key >> shift & 255)
      // A digit is 0 to 3, so the value is one of 1024; the place is checked.
      let place = unsafe starts[unchecked: value]
      sorted[place] = key
      unsafe starts[unchecked: value] = place &+ 1
    }
  }
}
