import TestSupport
import Testing

@testable import HTTPEngine

@Suite struct StreamTableTests {
  @Test func `finds what is there and nothing else, whatever comes and goes`() {
    for seed in UInt64(0)..<20 {
      var random = SeededGenerator(seed: seed)
      var table = StreamTable()
      var expected: Set<Int32> = []
      for _ in 0..<500 {
        // Far apart, so that many have the same place.
        let id = Int32.random(in: 0...40, using: &random) * 16 + 1
        if expected.contains(id) {
          #expect(table.remove(id)?.id == id)
          expected.remove(id)
        } else if expected.count < 30 {
          table.insert(HTTP2Stream(id: id, now: 0))
          expected.insert(id)
        }
        #expect(table.count == expected.count && table.isEmpty == expected.isEmpty)
        #expect(Set(table.values.map(\.id)) == expected)
        for id in stride(from: Int32(1), through: 641, by: 16) {
          #expect((table[id] != nil) == expected.contains(id), "seed \(seed)")
        }
      }
      #expect(table.remove(3) == nil)
    }
  }

  @Test func `keeps what nobody else knows of`() {
    var spare = SpareStreams()
    let (address, cancellation) = cancelled(&spare)
    let second = spare.take(id: 3, now: 7)
    #expect(ObjectIdentifier(second) == address)
    #expect(second.id == 3 && second.receivedAt == 7 && !second.cancellation.isCancelled)
    // Whoever holds the old one still sees that it was cancelled.
    #expect(cancellation.isCancelled)
    spare.put(second)
    #expect(spare.take(id: 5, now: 0) !== second)
  }

  private func cancelled(_ spare: inout SpareStreams) -> (ObjectIdentifier, Cancellation) {
    let stream = spare.take(id: 1, now: 5)
    let (address, cancellation) = (ObjectIdentifier(stream), stream.cancellation)
    cancellation.cancel()
    spare.put(stream)
    return (address, cancellation)
  }
}
