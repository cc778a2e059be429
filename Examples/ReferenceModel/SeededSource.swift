/// SplitMix64 and the few draws that weights and scenes need, without any library function, so that
/// a seed means the same numbers on every machine.
struct SeededSource {
  private var state: UInt64

  /// Starts the sequence of a seed and a purpose.
  init(seed: UInt64, purpose: UInt64) {
    state = seed &* 0x9E37_79B9_7F4A_7C15 ^ purpose &* 0xD1B5_4A32_D192_ED03
    _ = next()
  }

  /// The next 64 bits.
  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }

  /// Evenly from 0 to 1.
  mutating func share() -> Float { Float(next() >> 40) * 0x1p-24 }

  /// Evenly within a range.
  mutating func number(in range: ClosedRange<Float>) -> Float {
    range.lowerBound + share() * (range.upperBound - range.lowerBound)
  }

  /// One of the numbers below `count`.
  mutating func index(below count: Int) -> Int { Int(next() % UInt64(max(count, 1))) }

  /// Nearly normal with variance 1: the sum of six even draws.
  mutating func normal() -> Float {
    var sum: Float = -3
    for _ in 0..<6 { sum += share() }
    return sum * Float(2).squareRoot()
  }

  /// The first `count` of the shuffled numbers below `total`.
  mutating func choice(of count: Int, from total: Int) -> [Int] {
    var numbers = Array(0..<total)
    for position in 0..<min(count, total) {
      numbers.swapAt(position, position + index(below: total - position))
    }
    return Array(numbers.prefix(count))
  }
}
