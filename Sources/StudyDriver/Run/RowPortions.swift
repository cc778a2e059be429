/// The order in which the rows of a calibration set are measured, in portions.
///
/// The order is random, because early stopping counts on rows that come in an order that has nothing
/// to do with their values (docs/calibration.md), and it is the same for all trials of a study.
struct RowPortions {
  private let order: [Int]
  private let size: Int

  /// Draws the order.
  ///
  /// - Parameters:
  ///   - rows: How many there are.
  ///   - size: The rows of one portion, at least 1.
  ///   - seed: The study's.
  init(rows: Int, size: Int, seed: Int) {
    var state = UInt64(bitPattern: Int64(seed))
    var order = Array(0..<rows)
    for last in stride(from: rows - 1, to: 0, by: -1) {
      // SplitMix64; the bias of a remainder is below 2^-40 for any number of rows that is allowed.
      state &+= 0x9E37_79B9_7F4A_7C15
      var bits = state
      bits = (bits ^ (bits >> 30)) &* 0xBF58_476D_1CE4_E5B9
      bits = (bits ^ (bits >> 27)) &* 0x94D0_49BB_1331_11EB
      order.swapAt(last, Int((bits ^ (bits >> 31)) % UInt64(last + 1)))
    }
    self.order = order
    self.size = max(size, 1)
  }

  /// The portions that are left when some rows were measured before.
  func portions(without measured: [Int]) -> [[Int]] {
    let measured = Set(measured)
    let left = order.filter { !measured.contains($0) }
    return stride(from: 0, to: left.count, by: size).map {
      Array(left[$0..<min($0 + size, left.count)])
    }
  }
}
