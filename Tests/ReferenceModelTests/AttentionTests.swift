import Testing

@testable import ReferenceModel

@Suite struct AttentionTests {
  @Test(arguments: [1, 3, 7, 8, 9, 64, 577])
  func `softmax is right to a millionth for any count`(count: Int) {
    var source = SeededSource(seed: 1, purpose: UInt64(count))
    let scores = (0..<count).map { _ in source.number(in: -30...30) }
    var weights = scores + [Float](repeating: 7, count: 8)
    // The buffer is eight numbers longer than the count.
    unsafe weights.withUnsafeMutableBufferPointer { buffer in
      guard let base = buffer.baseAddress else { return }
      unsafe Softmax.apply(base, count: count)
    }
    let top = Double(scores.max() ?? 0)
    let exact = scores.map { exponential(Double($0) - top) }
    let sum = exact.reduce(0, +)
    for index in 0..<count {
      #expect(abs(Double(weights[index]) - exact[index] / sum) < 2e-6)
    }
  }

  /// By squaring, so that the test needs no library, either.
  private func exponential(_ x: Double) -> Double {
    var term = 1.0
    var sum = 1.0
    for step in 1...30 {
      term *= x / 64 / Double(step)
      sum += term
    }
    for _ in 0..<6 { sum *= sum }
    return sum
  }

  @Test func `a cache answers the same whether tokens came at once or one by one`() {
    var source = SeededSource(seed: 2, purpose: 0)
    let (count, width) = (19, HeadShape.heads * HeadShape.width)
    let keys = (0..<count * width).map { _ in source.normal() }
    let values = (0..<count * width).map { _ in source.normal() }
    let query = (0..<width).map { _ in source.normal() }
    var whole = AttentionCache(capacity: count)
    whole.append(keys: keys, values: values)
    var pieces = AttentionCache(capacity: 40)
    for token in 0..<count {
      let range = token * width..<(token + 1) * width
      pieces.append(keys: Array(keys[range]), values: Array(values[range]))
    }
    pieces.append(keys: Array(keys[0..<width]), values: Array(values[0..<width]))
    pieces.removeLast(1)
    var scratch = [Float](repeating: 0, count: 48)
    for visible in [1, 8, 19] {
      let first = whole.read(query[...], visible: visible, scratch: &scratch)
      #expect(pieces.read(query[...], visible: visible, scratch: &scratch) == first)
    }
  }

  @Test func `a matrix multiplies like the sum that it stands for`() {
    var source = SeededSource(seed: 3, purpose: 0)
    let matrix = Matrix(inputs: 5, outputs: 32, noise: 1, &source)
    let rows = (0..<15).map { _ in source.normal() }
    let product = matrix(rows)
    for (row, output) in [(0, 0), (1, 17), (2, 31)] {
      let sum = (0..<5).reduce(Float(0)) { $0 + rows[row * 5 + $1] * matrix[$1, output] }
      #expect(abs(product[row * 32 + output] - sum) < 1e-5)
    }
  }

  @Test func `rotation depends on the distance of positions alone`() {
    var source = SeededSource(seed: 4, purpose: 0)
    let row = (0..<Slot.width).map { _ in source.normal() }
    func score(_ left: Int, _ right: Int) -> Float {
      var (query, key) = (row, row)
      Rotary.turn(&query, [left], head: 3)
      Rotary.turn(&key, [right], head: 3)
      return zip(query, key).reduce(0) { $0 + $1.0 * $1.1 }
    }
    #expect(abs(score(3, 10) - score(503, 510)) < 1e-2)
    #expect(abs(score(3, 10) - score(3, 40)) > 1e-2)
  }
}
