/// 128 bits that differ when a strategy or what it selected differs.
///
/// MurmurHash3's 128-bit mixing over the values, not over their encoding: the same on every
/// machine, and no protection against somebody who seeks a collision.
public struct SelectionDigest: Hashable, Sendable, CustomStringConvertible {
  private var first: UInt64 = 0
  private var second: UInt64 = 0
  private var length: UInt64 = 0

  /// Digests a strategy and what it selected.
  ///
  /// - Parameters:
  ///   - selection: Indices, weights, importances and stages count.
  ///   - strategy: As resolved.
  public init(_ selection: Selection, strategy: PruningStrategy) {
    add(strategy)
    add(UInt64(selection.inputTokens))
    add(selection.retainedIndices)
    add(selection.recycledMask.map { Int32($0) })
    add(selection.importance)
    add(selection.merges.offsets)
    add(selection.merges.sources)
    add(selection.merges.weights)
    for stage in selection.stages { add(stage.retainedRows) }
    finish()
  }

  /// 32 lower-case hexadecimal digits.
  public var description: String { Self.hexadecimal(first) + Self.hexadecimal(second) }

  private static func hexadecimal(_ word: UInt64) -> String {
    let digits = String(word, radix: 16)
    return String(repeating: "0", count: 16 - digits.count) + digits
  }

  private mutating func add(_ strategy: PruningStrategy) {
    add(strategy.globalThreshold)
    add(strategy.entropyWeight)
    add(strategy.recycling == .grid ? 1 : 0)
    add(strategy.recyclingCellSize)
    add(UInt64(strategy.layers))
    for stage in strategy.stages {
      add(UInt64(stage.layer))
      add(stage.retainRatio)
    }
    add(strategy.tokenBudget)
    add(strategy.count == .exact ? 1 : 0)
  }

  private mutating func add(_ value: Double?) {
    guard let value else { return add(UInt64.max) }
    add(value == 0 ? 0 : value.bitPattern)
  }

  private mutating func add(_ values: [Int32]) {
    add(UInt64(values.count))
    for value in values { add(UInt64(UInt32(bitPattern: value))) }
  }

  private mutating func add(_ values: [Float]) {
    add(UInt64(values.count))
    for value in values { add(UInt64(value.bitPattern)) }
  }

  /// Mixes one word into alternating halves.
  private mutating func add(_ word: UInt64) {
    length &+= 1
    if length & 1 == 1 {
      first ^= Self.rotate(word &* 0x87C3_7B91_1142_53D5, 31) &* 0x4CF5_AD43_2745_937F
      first = (Self.rotate(first, 27) &+ second) &* 5 &+ 0x52DC_E729
    } else {
      second ^= Self.rotate(word &* 0x4CF5_AD43_2745_937F, 33) &* 0x87C3_7B91_1142_53D5
      second = (Self.rotate(second, 31) &+ first) &* 5 &+ 0x3849_5AB5
    }
  }

  private mutating func finish() {
    first ^= length
    second ^= length
    first &+= second
    second &+= first
    first = Self.finalised(first)
    second = Self.finalised(second)
    first &+= second
    second &+= first
  }

  private static func rotate(_ word: UInt64, _ bits: UInt64) -> UInt64 {
    word << bits | word >> (64 - bits)
  }

  private static func finalised(_ word: UInt64) -> UInt64 {
    var word = word
    word = (word ^ word >> 33) &* 0xFF51_AFD7_ED55_8CCD
    word = (word ^ word >> 33) &* 0xC4CE_B9FE_1A85_EC53
    return word ^ word >> 33
  }
}
