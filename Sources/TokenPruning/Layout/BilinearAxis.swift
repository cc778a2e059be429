/// One axis of a bilinear reduction: which two entries mix into each output, and how.
///
/// Half-pixel centres, no antialiasing, edges clamped; all in binary32, the coordinate with one
/// rounding: `fma(scale, i + 0.5, -0.5)`. See `docs/algorithm.md`, equation 10.
struct BilinearAxis: Sendable, Equatable {
  /// The entry at or before each coordinate.
  let lower: [Int32]
  /// The next entry, or the same at the far edge.
  let upper: [Int32]
  /// The share of `upper`.
  let upperWeight: [Float]

  /// Makes the axis; nil when the sizes agree and nothing mixes.
  init?(from input: Int, to output: Int) {
    guard input != output else { return nil }
    let scale = Float(input) / Float(output)
    let coordinates = (0..<output).map { index in
      max(0, Float(-0.5).addingProduct(scale, Float(index) + 0.5))
    }
    let lower = coordinates.map { min(Int32($0), Int32(input - 1)) }
    self.lower = lower
    upper = lower.map { min($0 + 1, Int32(input - 1)) }
    upperWeight = zip(coordinates, lower).map { $0 - Float($1) }
  }

  /// An axis of `count` entries that stays as it is, beside one that is reduced.
  init(identity count: Int) {
    lower = (0..<Int32(count)).map { $0 }
    upper = lower
    upperWeight = Array(repeating: 0, count: count)
  }
}
