/// The total order of tokens that every cut uses: ascending by (importance, index).
///
/// -0 equals +0. A stable radix sort of order-preserving keys makes the index the tie-break at
/// no cost; one sort serves all stages, since later stages order subsets of the same tokens.
struct ImportanceOrder {
  /// Token indices, least important first.
  let indices: [Int32]

  /// Sorts finite importances, of which there are fewer than 2^32.
  ///
  /// - Complexity: O(*n*), one pass that counts and at most four that move.
  init(_ importance: [Float]) {
    // How often each of the four digits of 8 bits has each value.
    var counts = [UInt32](repeating: 0, count: 4 * 256)
    var keys = Self.keys(of: importance.span, counting: &counts)
    var buffer = [UInt64](repeating: 0, count: keys.count)
    for digit in 0..<4 where Self.differ(keys, in: digit, counts) {
      Self.move(keys.span, into: &buffer, by: digit, &counts)
      swap(&keys, &buffer)
    }
    indices = [Int32](capacity: keys.count) { indices in
      for key in keys { indices.append(Int32(truncatingIfNeeded: key)) }
    }
  }

  // Spans below: unlike arrays they are not checked for other holders at each store.

  /// The importance of each token as an unsigned number, and its index in the lower half.
  private static func keys(
    of importance: Span<Float>, counting counts: inout [UInt32]
  ) -> [UInt64] {
    var counts = counts.mutableSpan
    return [UInt64](capacity: importance.count) { keys in
      for index in importance.indices {
        let key = key(importance[index])
        keys.append(UInt64(key) << 32 | UInt64(index))
        // There are 1024 counts, and each index below has one of its 256 values of 8 bits.
        unsafe counts[unchecked: Int(key & 255)] &+= 1
        unsafe counts[unchecked: 256 | Int(key >> 8 & 255)] &+= 1
        unsafe counts[unchecked: 512 | Int(key >> 16 & 255)] &+= 1
        unsafe counts[unchecked: 768 | Int(key >> 24)] &+= 1
      }
    }
  }

  /// Unsigned order of keys is numeric order of values.
  private static func key(_ value: Float) -> UInt32 {
    let bits = (value + 0).bitPattern  // -0 + 0 is +0
    // All bits of negative values are turned over, the sign alone of others.
    return bits ^ (UInt32(bitPattern: Int32(bitPattern: bits) >> 31) | 0x8000_0000)
  }

  private static func digit(_ digit: Int, of key: UInt64) -> Int {
    Int(truncatingIfNeeded: key &>> UInt64(truncatingIfNeeded: 32 &+ 8 &* digit) & 255)
  }

  /// Whether the keys have more than one value of a digit.
  private static func differ(_ keys: [UInt64], in digit: Int, _ counts: [UInt32]) -> Bool {
    guard let first = keys.first else { return false }
    return counts[256 * digit + Self.digit(digit, of: first)] != UInt32(keys.count)
  }

  /// Moves keys to their places by one digit, stably; `counts` is how often it has each value.
  private static func move(
    _ keys: Span<UInt64>, into sorted: inout [UInt64], by digit: Int, _ counts: inout [UInt32]
  ) {
    var all = counts.mutableSpan
    var places = all._mutatingExtracting(256 * digit..<256 * digit + 256)
    var sorted = sorted.mutableSpan
    precondition(sorted.count == keys.count)
    var total: UInt32 = 0
    for value in 0..<256 {
      // There are 256 places, one for each value.
      let count = unsafe places[unchecked: value]
      unsafe places[unchecked: value] = total
      total &+= count
    }
    for index in keys.indices {
      let key = unsafe keys[unchecked: index]
      let value = Self.digit(digit, of: key)
      // Counted were these very keys, so each has a place of its own among as many.
      let place = unsafe places[unchecked: value]
      unsafe sorted[unchecked: Int(place)] = key
      unsafe places[unchecked: value] = place &+ 1
    }
  }
}
