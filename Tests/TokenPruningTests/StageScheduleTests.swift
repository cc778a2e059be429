import TestSupport
import Testing

@testable import TokenPruning

struct StageScheduleTests {
  @Test func `rounds counts as the reference does`() throws {
    for row in try ReferenceFixture("counts").table("table") {
      let count = Int(row[0])
      #expect(StageSchedule.removed(from: count, ratio: row[1]) == Int(row[3]), "\(row)")
      #expect(
        StageSchedule.expectedRecycled(of: count, cellSize: row[2]) == Int(row[4]), "\(row)")
    }
  }

  @Test(arguments: [(5, 0.5, 2), (3, 0.5, 2), (1, 0.5, 0), (7, 0.5, 4), (10, 0.75, 2)])
  func `halves go to the even count`(count: Int, ratio: Double, removed: Int) {
    #expect(StageSchedule.removed(from: count, ratio: ratio) == removed)
  }
}
