import Testing

@testable import BayesianOptimization

struct QuasiRandomSequenceTests {
  @Test(arguments: [UInt64(0), 1, 0xDEAD_BEEF])
  func `puts one of every power of two of points in each equal part of an axis`(seed: UInt64) {
    let sequence = QuasiRandomSequence(dimensions: 16, seed: seed)
    for exponent in 0...10 {
      let count = 1 << exponent
      let points = (0..<count).map { sequence.point(at: $0) }
      for dimension in 0..<16 {
        let cells = Set(points.map { Int($0[dimension] * Double(count)) })
        #expect(cells.count == count, "dimension \(dimension), \(count) points")
      }
    }
  }

  @Test func `starts with the points that Sobol's construction gives`() {
    // The first two dimensions without scrambling: van der Corput, and the polynomial x + 1.
    let first = QuasiRandomSequence.unscrambledDirections(0).prefix(3)
    let second = QuasiRandomSequence.unscrambledDirections(1).prefix(3)
    #expect(Array(first) == [1 << 31, 1 << 30, 1 << 29])
    #expect(Array(second) == [1 << 31, 3 << 30, 5 << 29])
  }

  @Test(arguments: 1..<16)
  func `has invertible direction numbers`(dimension: Int) {
    let directions = QuasiRandomSequence.unscrambledDirections(dimension)
    for (index, direction) in directions.enumerated() {
      #expect(direction.trailingZeroBitCount == 31 - index)
    }
  }

  @Test func `covers squares of the first planes evenly`() {
    let sequence = QuasiRandomSequence(dimensions: 2, seed: 9)
    let cells = (0..<256).map { sequence.point(at: $0) }.map {
      Int($0[0] * 16) * 16 + Int($0[1] * 16)
    }
    #expect(Set(cells).count == 256)
  }

  @Test func `estimates a mean far better than chance`() {
    let sequence = QuasiRandomSequence(dimensions: 6, seed: 4)
    let sum = (0..<1024).reduce(0.0) { sum, index in
      sum + sequence.point(at: index).reduce(1) { $0 * (0.5 + $1) }
    }
    // The standard deviation of a mean of 1024 independent products is 0.025.
    #expect(abs(sum / 1024 - 1) < 0.005)
  }

  @Test func `fills dimensions beyond its direction numbers`() {
    let point = QuasiRandomSequence(dimensions: 40, seed: 1).point(at: 5)
    #expect(point.count == 40 && point.allSatisfy { $0 >= 0 && $0 < 1 })
    #expect(Set(point).count == 40)
  }

  @Test func `differs between seeds`() {
    let points = (0..<20).map {
      QuasiRandomSequence(dimensions: 3, seed: UInt64($0)).point(at: 0)
    }
    #expect(Set(points).count == 20)
  }
}
