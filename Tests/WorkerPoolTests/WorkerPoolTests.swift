import Testing

@testable import WorkerPool

@Suite(.timeLimit(.minutes(15)))
struct WorkerPoolTests {
  @Test func `runs jobs in the order in which they were submitted`() throws {
    let blocked = try BlockedPool(queueCapacity: 100)
    let order = Recorder<Int>()
    for index in 0..<100 { try blocked.pool.run(Job { _ in order.record(index) }) }
    blocked.open()
    #expect(blocked.pool.drain(until: .never))
    #expect(order.all == Array(0..<100))
  }

  @Test func `wakes the worker that has worked last`() throws {
    let pool = try WorkerPool(workers: 4, queueCapacity: 8, name: "test")
    let workers = Recorder<Int>()
    for count in 1...50 {
      let done = Gate()
      try pool.run(
        Job { outcome in
          if case .run(let context) = outcome { workers.record(context.workerIndex) }
          done.open()
        })
      _ = done.wait(until: .never)
      // It waits again before the next job comes.
      while pool.waitingWorkers < 4 || pool.status.completed < count {
        let soon = Deadline.after(milliseconds: 1, from: MonotonicClock.now())
        _ = Gate().wait(until: soon)
      }
    }
    #expect(Set(workers.all.dropFirst()).count == 1)
  }

  @Test func `refuses when every waiting place is taken`() throws {
    let blocked = try BlockedPool(queueCapacity: 2)
    let pool = blocked.pool
    let first = try #require(pool.reserve())
    try pool.run(Job { _ in })
    #expect(pool.reserve() == nil)
    #expect(pool.status.reserved == 1)
    #expect(pool.status.queued == 1)
    #expect(pool.status.depth == 2)
    #expect(pool.status.busyWorkers == 1)
    #expect(pool.status.refused == 1)
    first.release()
    #expect(pool.reserve() != nil)
    blocked.open()
  }

  @Test func `gives a place back once, however often it is released`() throws {
    let pool = try WorkerPool(workers: 1, queueCapacity: 2, name: "test")
    var slot = pool.reserve()
    slot?.release()
    slot?.release()
    #expect(pool.status.reserved == 0)
    slot = nil
    #expect(pool.status.reserved == 0)
    slot = pool.reserve()
    #expect(pool.status.reserved == 1)
    slot = nil
    #expect(pool.status.reserved == 0)
  }

  @Test func `a slot that carried a job gives nothing back again`() throws {
    let blocked = try BlockedPool(queueCapacity: 3)
    let slot = try #require(blocked.pool.reserve())
    blocked.pool.submit(Job { _ in }, using: slot)
    slot.release()
    #expect(blocked.pool.status.depth == 1)
    blocked.open()
    #expect(blocked.pool.drain(until: .never))
    slot.release()
    #expect(blocked.pool.status.depth == 0)
  }

  @Test func `tells an expired job so instead of running it`() throws {
    let clock = ManualClock()
    let blocked = try BlockedPool(queueCapacity: 2, clock: clock.read)
    let outcomes = Recorder<String>()
    let deadline = Deadline.after(milliseconds: 5, from: clock.read())
    try blocked.pool.run(Job(deadline: deadline) { outcomes.record(name(of: $0)) })
    try blocked.pool.run(Job(deadline: .never) { outcomes.record(name(of: $0)) })
    clock.advance(milliseconds: 5)
    blocked.open()
    #expect(blocked.pool.drain(until: .never))
    #expect(outcomes.all == ["deadlineExceeded", "run"])
    #expect(blocked.pool.status.expired == 1)
    #expect(blocked.pool.status.completed == 2)
  }

  @Test func `tells a job whose client is gone so, even past its deadline`() throws {
    let clock = ManualClock()
    let blocked = try BlockedPool(queueCapacity: 2, clock: clock.read)
    let outcomes = Recorder<String>()
    let deadline = Deadline.after(milliseconds: 1, from: clock.read())
    try blocked.pool.run(
      Job(deadline: deadline, isCancelled: { true }) { outcomes.record(name(of: $0)) })
    clock.advance(milliseconds: 9)
    blocked.open()
    #expect(blocked.pool.drain(until: .never))
    #expect(outcomes.all == ["cancelled"])
    #expect(blocked.pool.status.cancelled == 1)
  }

  @Test func `hands the queue wait and the worker to the job`() throws {
    let clock = ManualClock()
    let blocked = try BlockedPool(queueCapacity: 1, clock: clock.read)
    let contexts = Recorder<JobContext>()
    try blocked.pool.run(
      Job { outcome in
        if case .run(let context) = outcome { contexts.record(context) }
      })
    clock.advance(milliseconds: 7)
    blocked.open()
    #expect(blocked.pool.drain(until: .never))
    #expect(contexts.all.map(\.queueWaitNanoseconds) == [7_000_000])
    #expect(contexts.all.map(\.workerIndex) == [0])
  }

  @Test func `uses every worker, each under its own index`() throws {
    let pool = try WorkerPool(workers: 4, queueCapacity: 4, name: "test")
    let gate = Gate()
    let arrivals = Semaphore()
    let indices = Recorder<Int>()
    for _ in 0..<4 {
      try pool.run(
        Job { outcome in
          guard case .run(let context) = outcome else { return }
          indices.record(context.workerIndex)
          arrivals.post()
          _ = gate.wait(until: .never)
        })
    }
    for _ in 0..<4 { arrivals.wait() }
    #expect(pool.status.busyWorkers == 4)
    #expect(pool.status.depth == 0)
    gate.open()
    #expect(pool.drain(until: .never))
    #expect(indices.all.sorted() == [0, 1, 2, 3])
  }

  @Test func `survives jobs made on the main actor`() async throws {
    let pool = try WorkerPool(workers: 1, queueCapacity: 1, name: "test")
    let outcomes = Recorder<String>()
    try await MainActor.run {
      try pool.run(Job(isCancelled: { false }) { outcomes.record(name(of: $0)) })
    }
    #expect(pool.drain(until: .never))
    #expect(outcomes.all == ["run"])
  }

  @Test func `refuses a pool without workers or places`() async {
    await #expect(processExitsWith: .failure) {
      _ = try WorkerPool(workers: 0, queueCapacity: 1, name: "test")
    }
    await #expect(processExitsWith: .failure) {
      _ = try WorkerPool(workers: 1, queueCapacity: 0, name: "test")
    }
  }

  @Test func `traps when a slot is used twice`() async {
    await #expect(processExitsWith: .failure) {
      let pool = try WorkerPool(workers: 1, queueCapacity: 2, name: "test")
      guard let slot = pool.reserve() else { return }
      pool.submit(Job { _ in }, using: slot)
      pool.submit(Job { _ in }, using: slot)
    }
  }
}

/// The outcome's case.
func name(of outcome: JobOutcome) -> String {
  switch outcome {
  case .run: "run"
  case .deadlineExceeded: "deadlineExceeded"
  case .cancelled: "cancelled"
  case .draining: "draining"
  }
}
