/// A splittable stream of random numbers: SplitMix64 (Steele, Lea and Flood, 2014).
struct RandomSource: RandomNumberGenerator {
  private static let step: UInt64 = 0x9E37_79B9_7F4A_7C15
  private var state: UInt64

  /// The stream that belongs to a seed and a purpose.
  init(seed: UInt64, stream: UInt64 = 0) {
    state = RandomSource.mixed(seed &+ RandomSource.mixed(stream &+ RandomSource.step))
  }

  mutating func next() -> UInt64 {
    state &+= RandomSource.step
    return RandomSource.mixed(state)
  }

  /// A uniform number in 0..<1.
  mutating func nextUnit() -> Double { Double(next() >> 11) * 0x1p-53 }

  /// A uniform whole number below `count`.
  mutating func nextIndex(below count: Int) -> Int {
    Int(next().multipliedFullWidth(by: UInt64(max(count, 1))).high)
  }

  private static func mixed(_ value: UInt64) -> UInt64 {
    var z = value
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }
}
