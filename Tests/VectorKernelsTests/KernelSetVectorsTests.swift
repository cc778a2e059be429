import TestSupport
import Testing

@testable import VectorKernels

@Suite struct KernelSetVectorsTests {
  @Test(arguments: ElementType.allCases, oddSizes)
  func `finds the first element that is not finite`(type: ElementType, count: Int) {
    let finite = PackedValues(random: count, type: type, offset: 1, seed: 31)
    for set in KernelSet.supported {
      #expect(set.firstNonFinite(in: finite.span, type: type, count: count) == nil)
    }
    for position in Set([0, count / 2, count - 1]) {
      for value in [Float.infinity, -.infinity, .nan] {
        var spoiled = finite
        spoiled.set(count - 1, to: .nan)
        spoiled.set(position, to: value)
        for set in KernelSet.supported {
          let found = set.firstNonFinite(in: spoiled.span, type: type, count: count)
          #expect(found == position)
        }
      }
    }
  }

  @Test(arguments: ElementType.allCases)
  func `finds every position in several blocks`(type: ElementType) {
    let count = 1100
    let largest: Float = type == .float16 ? 65504 : 3e38
    let finite = PackedValues([Float](repeating: largest, count: count), type: type, offset: 1)
    for position in stride(from: 0, to: count, by: 7) {
      var spoiled = finite
      spoiled.set(position, to: .nan)
      for set in KernelSet.supported {
        let found = set.firstNonFinite(in: spoiled.span, type: type, count: count)
        #expect(found == position)
      }
    }
  }

  @Test(arguments: oddSizes)
  func `turns values into shares`(count: Int) {
    var generator = SeededGenerator(seed: 32)
    let values = (0..<count).map { _ in Float.random(in: -8...8, using: &generator) }
    let top = Double(values.max() ?? 0)
    let exponentials = values.map { exponential(Double($0) - top) }
    let total = exponentials.reduce(0, +)
    let shares = sameOnEverySet(count: count) { set, shares in
      set.softmax(values.span, into: &shares)
    }
    expectClose(shares, exponentials.map { $0 / total }, relative: 6e-7)
  }

  @Test func `computes exponentials to two units in the last place`() {
    for step in 0..<8700 {
      let x = Float(step) / -100
      let shares = sameOnEverySet(count: 2) { set, shares in
        set.softmax([0, x].span, into: &shares)
      }
      let expected = exponential(Double(x)) / (1 + exponential(Double(x)))
      #expect(abs(Double(shares[1]) / expected - 1) < 3.5e-7)
    }
  }

  @Test func `flushes shares far below the largest to zero`() {
    let shares = sameOnEverySet(count: 4) { set, shares in
      set.softmax([0, -86.9, -87.1, -1000].span, into: &shares)
    }
    #expect(shares[0] == 1)
    #expect(shares[1] > 1e-38)
    #expect(shares[2] == 0)
    #expect(shares[3] == 0)
  }

  @Test(arguments: ElementType.allCases, oddSizes)
  func `measures the angle between vectors`(type: ElementType, count: Int) {
    let a = PackedValues(random: count, type: type, offset: 1, seed: 33)
    let b = PackedValues(random: count, type: type, offset: 3, seed: 34)
    let (x, y) = (a.doubles, b.doubles)
    let dot = zip(x, y).reduce(0) { $0 + $1.0 * $1.1 }
    let square = (
      x.reduce(0) { $0 + $1 * $1 }, y.reduce(0) { $0 + $1 * $1 }
    )
    let expected = dot / (square.0.squareRoot() * square.1.squareRoot())
    let similarity = sameOnEverySet(count: 1) { set, result in
      result[0] = set.cosineSimilarity(a.span, b.span, type: type, count: count)
    }
    expectClose(similarity, [expected], relative: 1.2e-7, absolute: 1e-9)
  }

  @Test func `knows parallel, opposite, zero and infinite vectors`() {
    let one = PackedValues([1, 2, 3], type: .float16)
    let minus = PackedValues([-2, -4, -6], type: .float16)
    let zero = PackedValues([0, 0, 0], type: .float16)
    let infinite = PackedValues([0, .infinity, 0], type: .float16)
    for set in KernelSet.supported {
      func similarity(_ a: PackedValues, _ b: PackedValues) -> Float {
        set.cosineSimilarity(a.span, b.span, type: .float16, count: 3)
      }
      #expect(similarity(one, one) == 1)
      #expect(similarity(one, minus) == -1)
      #expect(similarity(one, zero) == 0)
      #expect(similarity(infinite, one).isNaN)
    }
  }
}
