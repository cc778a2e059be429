import Testing

@testable import WorkerPool

struct JobTests {
  @Test func `a context without limits never interrupts`() throws {
    let context = JobContext()
    #expect(context.interruption == nil)
    #expect(context.queueWaitNanoseconds == 0)
    try context.checkpoint()
  }

  @Test func `a checkpoint throws after the deadline`() {
    let context = JobContext(workerIndex: 3, deadline: Deadline(nanoseconds: 1))
    #expect(context.workerIndex == 3)
    #expect(throws: JobInterruption.deadlineExceeded) { try context.checkpoint() }
  }

  @Test func `a checkpoint throws once the client has gone`() throws {
    let isGone = Flag()
    let context = JobContext(deadline: .never, isCancelled: { isGone.isSet })
    try context.checkpoint()
    isGone.set()
    #expect(throws: JobInterruption.cancelled) { try context.checkpoint() }
  }

  @Test func `a running job sees its own deadline pass`() throws {
    let clock = ManualClock()
    let pool = try WorkerPool(workers: 1, queueCapacity: 1, name: "test", clock: clock.read)
    let seen = Recorder<JobInterruption?>()
    let deadline = Deadline.after(milliseconds: 10, from: clock.read())
    try pool.run(
      Job(deadline: deadline) { outcome in
        guard case .run(let context) = outcome else { return }
        seen.record(context.interruption)
        clock.advance(milliseconds: 10)
        seen.record(context.interruption)
      })
    #expect(pool.drain(until: .never))
    #expect(seen.all == [nil, .deadlineExceeded])
  }
}
