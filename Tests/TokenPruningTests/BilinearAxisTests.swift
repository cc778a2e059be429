import Testing

@testable import TokenPruning

struct BilinearAxisTests {
  @Test func `halving averages neighbours`() throws {
    let axis = try #require(BilinearAxis(from: 4, to: 2))
    #expect(axis.lower == [0, 2] && axis.upper == [1, 3])
    #expect(axis.upperWeight == [0.5, 0.5])
  }

  @Test func `an odd length is sampled at half-pixel centres`() throws {
    let axis = try #require(BilinearAxis(from: 3, to: 2))
    // Coordinates 0.25 and 1.75.
    #expect(axis.lower == [0, 1] && axis.upper == [1, 2])
    #expect(axis.upperWeight == [0.25, 0.75])
  }

  @Test func `coordinates before the first entry are clamped`() throws {
    let axis = try #require(BilinearAxis(from: 2, to: 5))
    #expect(axis.lower[0] == 0 && axis.upperWeight[0] == 0)
    #expect(axis.upper.allSatisfy { $0 <= 1 })
  }

  @Test func `equal lengths need no axis`() {
    #expect(BilinearAxis(from: 7, to: 7) == nil)
  }

  @Test(arguments: [(27, 14), (162, 81), (54, 49), (1024, 3)])
  func `all entries lie inside`(input: Int, output: Int) throws {
    let axis = try #require(BilinearAxis(from: input, to: output))
    #expect(axis.lower.count == output)
    #expect(axis.lower.allSatisfy { (0..<input).contains(Int($0)) })
    #expect(axis.upper.allSatisfy { (0..<input).contains(Int($0)) })
    #expect(axis.upperWeight.allSatisfy { (0...1).contains($0) })
  }
}
