import Testing

@testable import StudyDriver

@Suite struct RowPortionsTests {
  @Test(arguments: [(1, 1), (7, 3), (240, 40), (5, 100)], [0, 1, -5])
  func `portions hold every row once, in the same order for each trial`(
    shape: (rows: Int, size: Int), seed: Int
  ) {
    let portions = RowPortions(rows: shape.rows, size: shape.size, seed: seed)
      .portions(without: [])
    #expect(portions.flatMap { $0 }.sorted() == Array(0..<shape.rows))
    #expect(portions.dropLast().allSatisfy { $0.count == shape.size })
    #expect(
      portions
        == RowPortions(rows: shape.rows, size: shape.size, seed: seed).portions(without: []))
  }

  @Test func `rows that were measured are left out`() {
    let portions = RowPortions(rows: 10, size: 4, seed: 1).portions(without: [0, 1, 2, 3, 4, 5])
    #expect(portions.map(\.count) == [4])
    #expect(portions.flatMap { $0 }.sorted() == [6, 7, 8, 9])
    #expect(RowPortions(rows: 2, size: 4, seed: 1).portions(without: [0, 1]).isEmpty)
  }

  @Test func `each place is as likely for each row`() {
    var firsts = [Int](repeating: 0, count: 4)
    for seed in 0..<4000 {
      firsts[RowPortions(rows: 4, size: 1, seed: seed).portions(without: [])[0][0]] += 1
    }
    // Five standard deviations of a fair draw are 137.
    #expect(firsts.allSatisfy { abs($0 - 1000) < 137 })
  }
}
