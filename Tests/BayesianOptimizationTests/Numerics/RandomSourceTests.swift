import Testing

@testable import BayesianOptimization

struct RandomSourceTests {
  @Test func `repeats itself for a seed and differs between streams`() {
    var (one, same) = (RandomSource(seed: 1), RandomSource(seed: 1))
    var (other, seeded) = (RandomSource(seed: 1, stream: 1), RandomSource(seed: 2))
    let first = one.next()
    #expect(first == same.next())
    #expect(first != other.next() && first != seeded.next())
  }

  @Test func `keeps to its ranges and fills them evenly`() {
    var source = RandomSource(seed: 3)
    var counts = [Int](repeating: 0, count: 7)
    var sum = 0.0
    for _ in 0..<70_000 {
      counts[source.nextIndex(below: 7)] += 1
      let unit = source.nextUnit()
      #expect(unit >= 0 && unit < 1)
      sum += unit
    }
    #expect(counts.allSatisfy { abs($0 - 10_000) < 500 })
    #expect(abs(sum / 70_000 - 0.5) < 0.01)
    #expect(source.nextIndex(below: 0) == 0)
  }
}
