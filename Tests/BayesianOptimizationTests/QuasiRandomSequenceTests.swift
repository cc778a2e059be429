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
}
