import Testing

@testable import PruningService

@Suite struct InFlightBytesTests {
  @Test func `a reservation gives itself back`() {
    let bytes = InFlightBytes(limit: 100)
    do {
      let first = bytes.reserve(60)
      #expect(first != nil)
      #expect(bytes.reserve(41) == nil)
      #expect(bytes.reserve(40) != nil)
      #expect(bytes.current == 60)
      _ = first
    }
    #expect(bytes.current == 0)
  }

  @Test func `a request above the ceiling is refused even when nothing is reserved`() {
    #expect(InFlightBytes(limit: 100).reserve(101) == nil)
    #expect(InFlightBytes(limit: 100).reserve(Int.max) == nil)
  }

  @Test func `a reservation grows while there is room, and gives all of it back`() {
    let bytes = InFlightBytes(limit: 100)
    do {
      let first = bytes.reserve(30)
      let second = bytes.reserve(20)
      #expect(first?.grow(by: 50) == true)
      #expect(first?.grow(by: 1) == false)
      #expect(first?.couldGrow(by: 20) == true)
      #expect(first?.couldGrow(by: 21) == false)
      #expect(bytes.current == 100)
      first?.release()
      #expect(bytes.current == 20)
      #expect(second?.ceiling == 100)
    }
    #expect(bytes.current == 0)
  }

  @Test func `threads together never exceed the ceiling`() async {
    let bytes = InFlightBytes(limit: 10)
    await withTaskGroup { group in
      for _ in 0..<4 {
        group.addTask {
          for _ in 0..<5_000 {
            let reservation = bytes.reserve(3)
            #expect(bytes.current <= 10)
            _ = reservation
          }
        }
      }
    }
    #expect(bytes.current == 0)
  }
}
