import Testing

@testable import WorkerPool

struct DeadlineTests {
  @Test func `lies the given time after its start`() {
    #expect(Deadline.after(milliseconds: 3, from: 5).nanoseconds == 3_000_005)
  }

  @Test(arguments: [(UInt64.max, UInt64(0)), (1, .max), (.max / 1_000_000, .max / 2)])
  func `never passes when it cannot be counted`(milliseconds: UInt64, start: UInt64) {
    let deadline = Deadline.after(milliseconds: milliseconds, from: start)
    #expect(deadline == .never)
    #expect(!deadline.isPassed(at: .max))
  }

  @Test func `passes at its instant`() {
    let deadline = Deadline(nanoseconds: 100)
    #expect(!deadline.isPassed(at: 99))
    #expect(deadline.isPassed(at: 100))
    #expect(deadline.isPassed)
    #expect(deadline < .never)
  }

  @Test func `takes durations`() {
    let before = MonotonicClock.now()
    let deadline = Deadline.after(.milliseconds(1500))
    let after = MonotonicClock.now()
    #expect((before + 1_500_000_000...after + 1_500_000_000).contains(deadline.nanoseconds))
    #expect(Deadline.after(.seconds(-1)).isPassed)
    #expect(Deadline.after(.nanoseconds(-1)).isPassed)
    #expect(Deadline.after(.seconds(Int64.max)) == .never)
  }

  @Test func `the clock does not run backwards`() {
    var last = MonotonicClock.now()
    for _ in 0..<1000 {
      let now = MonotonicClock.now()
      #expect(now >= last)
      last = now
    }
  }
}
