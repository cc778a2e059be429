import Testing

@testable import VectorKernels

/// Attention in binary64, from the definition.
struct ReferenceAttention {
  let heads: Int
  let tokens: Int
  let probabilities: [Double]

  init(query: PackedValues, key: PackedValues, heads: Int, tokens: Int, headSize: Int) {
    self.heads = heads
    self.tokens = tokens
    let (q, k) = (query.doubles, key.doubles)
    var all: [Double] = []
    for row in 0..<heads * tokens {
      let head = row / tokens
      let logits = (0..<tokens).map { column in
        let other = (head * tokens + column) * headSize
        var dot = 0.0
        for d in 0..<headSize { dot += q[row * headSize + d] * k[other + d] }
        return dot / Double(headSize).squareRoot()
      }
      let top = logits.max() ?? 0
      let exponentials = logits.map { exponential($0 - top) }
      let total = exponentials.reduce(0, +)
      all += exponentials.map { $0 / total }
    }
    probabilities = all
  }

  func mean(of rows: [Int32]) -> [Double] {
    (0..<tokens).map { column in
      var sum = 0.0
      for head in 0..<heads {
        for row in rows { sum += probabilities[(head * tokens + Int(row)) * tokens + column] }
      }
      return sum / Double(heads * rows.count)
    }
  }
}

/// e^x in binary64: the argument is halved until a short series is exact enough.
func exponential(_ x: Double) -> Double {
  var term = 1.0
  var sum = 1.0
  let reduced = x / 1024
  for k in 1...12 {
    term *= reduced / Double(k)
    sum += term
  }
  for _ in 0..<10 { sum *= sum }
  return sum
}

@Suite struct KernelSetAttentionTests {
  @Test(arguments: ElementType.allCases, [(1, 1), (6, 3), (25, 16), (64, 7), (81, 72), (131, 64)])
  func `averages attention that is never held`(type: ElementType, size: (Int, Int)) {
    let (tokens, headSize) = size
    let heads = 2
    let count = heads * tokens * headSize
    let query = PackedValues(random: count, in: -2...2, type: type, offset: 1, seed: 21)
    let key = PackedValues(random: count, in: -2...2, type: type, offset: 3, seed: 22)
    let reference = ReferenceAttention(
      query: query, key: key, heads: heads, tokens: tokens, headSize: headSize)
    let received = sameOnEverySet(count: tokens) { set, received in
      set.receivedAttention(
        query: query.span, key: key.span, type: type, heads: heads, tokens: tokens,
        headSize: headSize, into: &received)
    }
    expectClose(received, reference.mean(of: Array(0..<Int32(tokens))), relative: 2e-6)

    let rows: [Int32] = [Int32(tokens - 1), 0, Int32(tokens / 2), 0]
    let mean = sameOnEverySet(count: tokens) { set, mean in
      set.meanOfAttentionRows(
        query: query.span, key: key.span, type: type, heads: heads, tokens: tokens,
        headSize: headSize, rows: rows.span, into: &mean)
    }
    expectClose(mean, reference.mean(of: rows), relative: 3e-6)
  }

  @Test func `survives logits that overflow an exponential`() {
    let tokens = 20
    var query = [Float](repeating: 0, count: tokens)
    query[4] = 300
    let key = (0..<tokens).map { Float($0) }
    let packed = (
      PackedValues(query, type: .float32), PackedValues(key, type: .float32)
    )
    let mean = sameOnEverySet(count: tokens) { set, mean in
      set.meanOfAttentionRows(
        query: packed.0.span, key: packed.1.span, type: .float32, heads: 1, tokens: tokens,
        headSize: 1, rows: ([4] as [Int32]).span, into: &mean)
    }
    #expect(mean[tokens - 1] == 1)
    #expect(mean[..<(tokens - 1)].allSatisfy { $0 == 0 })
  }

  @Test(arguments: [(1e30, 1e30), (-1e30, 1e30), (1e30, 1)] as [(Float, Float)])
  func `gives NaN on every set when logits overflow`(first: Float, rest: Float) {
    let values = (0..<17).map { $0 == 0 ? first : rest }
    let huge = PackedValues(values, type: .float32)
    for set in KernelSet.supported {
      var received = [Float](repeating: 0, count: 17)
      var span = received.mutableSpan
      set.receivedAttention(
        query: huge.span, key: huge.span, type: .float32, heads: 1, tokens: 17, headSize: 1,
        into: &span)
      #expect(received.allSatisfy { $0.isNaN })
    }
  }

  @Test func `asks between blocks of queries whether to go on`() {
    let tokens = 100
    let values = PackedValues(random: tokens, in: -1...1, type: .float32, offset: 0, seed: 9)
    for set in KernelSet.supported {
      var received = [Float](repeating: 0, count: tokens)
      var span = received.mutableSpan
      var questions = 0
      let finished = set.receivedAttention(
        query: values.span, key: values.span, type: .float32, heads: 1, tokens: tokens,
        headSize: 1,
        isInterrupted: {
          questions += 1
          return questions == 3
        }, into: &span)
      #expect(!finished)
      #expect(questions == 3)
    }
  }
}
