/// Input tensors made of cheap pseudo-random numbers, the same in every run.
struct RandomBytes {
  private var state: UInt64 = 0x9E37_79B9_7F4A_7C15

  private mutating func next() -> UInt64 {
    state ^= state << 13
    state ^= state >> 7
    state ^= state << 17
    return state
  }

  /// Values between 0 and 1 in binary16.
  mutating func float16(_ count: Int) -> [UInt16] {
    (0..<count).map { _ in Float16(Float(next() >> 40) / 16_777_216).bitPattern }
  }

  /// Values between 0 and 1 in bfloat16.
  mutating func bfloat16(_ count: Int) -> [UInt16] {
    float32(count).map { UInt16(truncatingIfNeeded: $0.bitPattern >> 16) }
  }

  /// Values between 0 and 1 in binary32.
  mutating func float32(_ count: Int) -> [Float] {
    (0..<count).map { _ in Float(next() >> 40) / 16_777_216 }
  }

  /// Bytes of any value.
  mutating func uint8(_ count: Int) -> [UInt8] {
    (0..<count).map { _ in UInt8(truncatingIfNeeded: next() >> 32) }
  }
}
