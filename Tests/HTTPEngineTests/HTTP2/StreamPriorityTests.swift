import Testing

@testable import HTTPEngine

@Suite struct StreamPriorityTests {
  @Test(arguments: [
    ("", 3, false), ("u=0", 0, false), ("u=7, i", 7, true), ("i=?1,u=2", 2, true),
    ("i=?0", 3, false), ("i, i=?0", 3, false), ("u=8", 3, false), ("u=-1", 3, false),
    ("u=10", 3, false), ("u = 1", 3, false), (" \tu=1 ;x=2 , i;y", 1, true), ("x=1, u=4", 4, false),
    (",,", 3, false), ("U=1", 3, false),
  ])
  func `reads a field value`(_ text: String, _ urgency: Int, _ isIncremental: Bool) {
    let priority = StreamPriority(Array(text.utf8).span)
    #expect(priority.urgency == urgency && priority.isIncremental == isIncremental)
  }

  @Test func `puts a frame together from its pieces`() {
    var updates = PriorityUpdates()
    for byte in [0x80, 0, 1, 3] + Array("u=5".utf8) { updates.collect([byte].span) }
    var priority = StreamPriority()
    priority.urgency = 5
    #expect(updates.complete() == .init(stream: 259, priority: priority))
    #expect(updates.complete() == nil)
  }

  @Test func `ignores a frame that is longer than it need be`() {
    var updates = PriorityUpdates()
    updates.collect([UInt8](repeating: 0x20, count: 65).span)
    #expect(updates.complete() == nil)
    updates.collect([0, 0, 0, 1].span)
    #expect(updates.complete()?.stream == 1)
  }

  @Test func `keeps the last word about a bounded number of streams`() {
    var updates = PriorityUpdates()
    for id in Int32(1)...40 { updates.hold(.init(stream: id, priority: StreamPriority())) }
    #expect(updates.take(8) == nil)
    #expect(updates.take(9) == StreamPriority())
    #expect(updates.take(9) == nil)
    updates.hold(.init(stream: 40, priority: StreamPriority([0x69].span)))
    #expect(updates.take(40)?.isIncremental == true)
    #expect(updates.take(40) == nil)
  }
}
