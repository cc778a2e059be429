import TestSupport
import Testing

@testable import HTTPEngine

@Suite struct ReadingSlotTests {
  private final class Note: Sendable {}

  /// A slot that threads can share.
  private final class Holder: Sendable {
    let slot = ReadingSlot()
  }

  @Test func `the first object stays`() {
    let slot = ReadingSlot()
    #expect(slot.value == nil)
    let first = Note()
    slot.fill(first)
    slot.fill(Note())
    #expect(slot.value === first)
  }

  @Test func `a slot releases what it kept, and what it did not`() {
    weak var kept: Note?
    weak var other: Note?
    do {
      let slot = ReadingSlot()
      let notes = (Note(), Note())
      (kept, other) = notes
      slot.fill(notes.0)
      slot.fill(notes.1)
      #expect(slot.value === notes.0)
    }
    #expect(kept == nil && other == nil)
  }

  @Test func `threads that fill at once agree on one object`() async {
    for _ in 0..<200 {
      let holder = Holder()
      let seen = await withTaskGroup(of: ObjectIdentifier?.self) { group in
        for _ in 0..<4 {
          group.addTask {
            holder.slot.fill(Note())
            return holder.slot.value.map { ObjectIdentifier($0) }
          }
        }
        return await group.reduce(into: Set<ObjectIdentifier?>()) { $0.insert($1) }
      }
      #expect(seen.count == 1 && !seen.contains(nil))
    }
  }
}
