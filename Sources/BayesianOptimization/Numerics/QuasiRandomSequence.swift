/// A scrambled Sobol sequence: points that fill the unit cube evenly from the first on.
///
/// Sixteen dimensions have direction numbers of their own; further ones are filled at random. The
/// seed scrambles linearly and shifts digitally (Matoušek, 1998), which keeps every power of two of
/// points a net of the same quality.
struct QuasiRandomSequence: Sendable {
  /// A primitive polynomial over GF(2) and odd numbers to start its recurrence with.
  ///
  /// The numbers were searched for good two-dimensional projections of the first 256 points.
  private static let recurrences: [(degree: Int, taps: UInt32, start: [UInt32])] = [
    (1, 0, [1]), (2, 1, [1, 3]), (3, 1, [1, 1, 3]), (3, 2, [1, 1, 5]), (4, 1, [1, 3, 3, 5]),
    (4, 4, [1, 1, 1, 7]), (5, 2, [1, 3, 7, 15, 27]), (5, 4, [1, 3, 5, 1, 27]),
    (5, 7, [1, 3, 3, 9, 21]), (5, 11, [1, 1, 1, 15, 5]), (5, 13, [1, 1, 3, 7, 29]),
    (5, 14, [1, 1, 7, 15, 23]), (6, 1, [1, 1, 7, 3, 27, 59]), (6, 13, [1, 1, 7, 11, 7, 15]),
    (6, 16, [1, 3, 7, 5, 9, 15]),
  ]
  private static let bits = 32

  private let directions: [[UInt32]]
  private let shifts: [UInt32]
  private let dimensions: Int
  private let seed: UInt64

  /// Prepares the sequence that belongs to a seed.
  init(dimensions: Int, seed: UInt64) {
    var source = RandomSource(seed: seed)
    self.dimensions = dimensions
    self.seed = seed
    directions = (0..<min(dimensions, Self.recurrences.count + 1)).map { dimension in
      Self.scrambled(Self.unscrambledDirections(dimension), using: &source)
    }
    shifts = directions.map { _ in UInt32(truncatingIfNeeded: source.next()) }
  }

  /// The point at an index, strictly inside the unit cube.
  func point(at index: Int) -> [Double] {
    var rest = RandomSource(seed: seed, stream: UInt64(truncatingIfNeeded: index) &+ 1)
    return (0..<dimensions).map { dimension in
      guard dimension < directions.count else { return rest.nextUnit() }
      return (Double(digits(dimension, index)) + 0.5) * 0x1p-32
    }
  }

  private func digits(_ dimension: Int, _ index: Int) -> UInt32 {
    var remaining = UInt32(truncatingIfNeeded: index)
    var digits = shifts[dimension]
    while remaining != 0 {
      digits ^= directions[dimension][remaining.trailingZeroBitCount]
      remaining &= remaining - 1
    }
    return digits
  }

  /// Direction numbers by the recurrence of Bratley and Fox (1988).
  static func unscrambledDirections(_ dimension: Int) -> [UInt32] {
    guard dimension > 0 else { return (0..<bits).map { 1 << UInt32(bits - 1 - $0) } }
    let (degree, taps, start) = recurrences[dimension - 1]
    var odd = start
    for index in degree..<bits {
      var next = odd[index - degree] ^ (odd[index - degree] << UInt32(degree))
      for step in 1..<max(degree, 1) where (taps >> UInt32(degree - 1 - step)) & 1 == 1 {
        next ^= odd[index - step] << UInt32(step)
      }
      odd.append(next)
    }
    return (0..<bits).map { odd[$0] << UInt32(bits - 1 - $0) }
  }

  /// Multiplies by a random lower triangular matrix with a unit diagonal.
  private static func scrambled(
    _ directions: [UInt32], using source: inout RandomSource
  ) -> [UInt32] {
    // Row r of the matrix makes digit r from digits 0...r, counted from the highest.
    let rows = (0..<bits).map { row in
      let above = UInt32(truncatingIfNeeded: source.next()) & ~(UInt32.max >> UInt32(row))
      return above | (1 << UInt32(bits - 1 - row))
    }
    return directions.map { direction in
      rows.enumerated().reduce(UInt32(0)) { digits, row in
        let parity = UInt32((row.element & direction).nonzeroBitCount & 1)
        return digits | (parity << UInt32(bits - 1 - row.offset))
      }
    }
  }
}
