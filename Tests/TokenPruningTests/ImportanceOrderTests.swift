import TestSupport
import Testing

@testable import TokenPruning

struct ImportanceOrderTests {
  @Test(arguments: [1, 2, 3, 100, 4097, 16_384])
  func `equals a stable comparison sort`(count: Int) {
    let seed = UInt64(count)
    var generator = SeededGenerator(seed: seed)
    // Few distinct values, so that ties abound; both zeros, subnormals and extremes.
    let choices: [Float] = [
      0, -0.0, 1, -1, .leastNonzeroMagnitude, -.leastNonzeroMagnitude, .greatestFiniteMagnitude,
      -.greatestFiniteMagnitude, 0.5, 0.25,
    ]
    let values = (0..<count).map { _ in
      Bool.random(using: &generator)
        ? choices[Int.random(in: 0..<choices.count, using: &generator)]
        : Float.random(in: -1...1, using: &generator)
    }
    let expected = values.indices.sorted { (values[$0], $0) < (values[$1], $1) }
    #expect(ImportanceOrder(values).indices.map { Int($0) } == expected, "seed \(seed)")
  }

  @Test func `zeros of both signs tie`() {
    #expect(ImportanceOrder([0, -0.0, 0, -0.0]).indices == [0, 1, 2, 3])
  }

  @Test func `equal importance is ordered by index`() {
    #expect(ImportanceOrder([Float](repeating: 0.3, count: 50)).indices == (0..<50).map { $0 })
  }
}
