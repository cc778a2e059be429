import TestSupport
import Testing

@testable import BayesianOptimization

struct VectorLoopsTests {
  @Test func `multiplies every length as one number at a time does`() {
    var generator = SeededGenerator(seed: 7)
    for count in 0...37 {
      let left = (0..<count).map { _ in Double.random(in: -1...1, using: &generator) }
      let right = (0..<count).map { _ in Double.random(in: -1...1, using: &generator) }
      let expected = zip(left, right).reduce(0) { $0 + $1.0 * $1.1 }
      let product = unsafe left.withUnsafeBufferPointer { left in
        unsafe right.withUnsafeBufferPointer { right in
          guard let left = left.baseAddress, let right = right.baseAddress else { return 0.0 }
          return unsafe dotProduct(left, right, count)
        }
      }
      #expect(abs(product - expected) < 1e-14, "count \(count)")
    }
  }

  @Test func `multiplies four rows with two at once`() {
    var generator = SeededGenerator(seed: 8)
    for count in 1...19 {
      let rows = (0..<6 * count).map { _ in Double.random(in: -1...1, using: &generator) }
      let (one, two) = unsafe rows.withUnsafeBufferPointer { rows in
        guard let base = rows.baseAddress else { return (SIMD4<Double>.zero, SIMD4<Double>.zero) }
        return unsafe dotProducts(
          ofRows: base, stride: count, with: base + 4 * count, and: base + 5 * count, count)
      }
      for row in 0..<4 {
        let line = rows[row * count..<(row + 1) * count]
        let first = zip(line, rows[4 * count..<5 * count]).reduce(0) { $0 + $1.0 * $1.1 }
        let second = zip(line, rows[5 * count..<6 * count]).reduce(0) { $0 + $1.0 * $1.1 }
        #expect(abs(one[row] - first) < 1e-14 && abs(two[row] - second) < 1e-14)
      }
    }
  }
}
