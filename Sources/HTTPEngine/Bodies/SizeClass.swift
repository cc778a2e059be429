/// Four sizes per doubling, from 4 KiB: at most a fifth of a block is unused.
struct SizeClass: Equatable {
  static let smallest = 4096
  static let count = 4 * 48
  let index: Int

  init(holding bytes: Int) {
    guard bytes > SizeClass.smallest else {
      index = 0
      return
    }
    // The class above `bytes`: quarters of the power of two below it.
    let last = bytes - 1
    let exponent = Int.bitWidth - 1 - last.leadingZeroBitCount
    let quarter = (last >> (exponent - 2)) & 3
    index = min((exponent - 12) * 4 + quarter + 1, SizeClass.count - 1)
  }

  /// The bytes that a block of this class holds; nil beyond what can be addressed.
  var bytes: Int? {
    guard index < SizeClass.count - 1 else { return nil }
    let exponent = 12 + index / 4
    return (4 + index % 4) << (exponent - 2)
  }
}
