import Testing

@testable import WorkerPool

@Suite(.timeLimit(.minutes(15)))
struct WorkerPoolDrainTests {
  @Test func `an idle pool has drained at once`() throws {
    let pool = try WorkerPool(workers: 2, queueCapacity: 1, name: "test")
    #expect(pool.drain(until: Deadline(nanoseconds: 0)))
    #expect(pool.reserve() == nil)
    #expect(pool.status.phase == .draining)
    pool.stop()
    #expect(pool.status.phase == .stopped)
  }

  @Test func `waits for running jobs, queued jobs and reservations`() throws {
    let blocked = try BlockedPool(queueCapacity: 2)
    let pool = blocked.pool
    let outcomes = Recorder<String>()
    let slot = try #require(pool.reserve())
    try pool.run(Job { outcomes.record(name(of: $0)) })
    #expect(!pool.drain(until: .after(milliseconds: 1)))
    #expect(pool.reserve() == nil)
    blocked.open()
    #expect(!pool.drain(until: .after(milliseconds: 1)), "a reservation is still open")
    pool.submit(Job { outcomes.record(name(of: $0)) }, using: slot)
    #expect(pool.drain(until: .never))
    #expect(outcomes.all == ["run", "run"])
  }

  @Test func `a reservation given back lets the drain end`() throws {
    let pool = try WorkerPool(workers: 1, queueCapacity: 1, name: "test")
    let slot = try #require(pool.reserve())
    pool.beginDrain()
    #expect(!pool.drain(until: Deadline(nanoseconds: 0)))
    slot.release()
    #expect(pool.drain(until: .never))
  }

  @Test func `any number of threads may wait for the drain`() throws {
    let blocked = try BlockedPool(queueCapacity: 1)
    let results = Recorder<Bool>()
    let waiters = try (0..<3).map { _ in
      try WorkerThread(name: "waiter") {
        results.record(blocked.pool.drain(until: .never))
      }
    }
    blocked.open()
    for waiter in waiters { waiter.join() }
    #expect(results.all == [true, true, true])
  }

  @Test func `counts a job only after all that it held is gone`() throws {
    let isReleased = Flag()
    let releases = Recorder<Bool>()
    let pool = try recordingPool(isReleased, in: releases)
    let slot = try #require(pool.reserve())
    pool.submit(jobThatHolds(isReleased), using: slot)
    #expect(pool.drain(until: .never))
    #expect(releases.all == [false, false, true])
  }

  @Test func `counts a job that came too late only after all that it held is gone`() throws {
    let isReleased = Flag()
    let releases = Recorder<Bool>()
    let pool = try recordingPool(isReleased, in: releases)
    let late = try #require(pool.reserve())
    pool.stop()
    pool.submit(jobThatHolds(isReleased), using: late)
    #expect(releases.all == [false, true])
  }

  @Test func `tells queued jobs and running ones that the pool stops`() throws {
    let pool = try WorkerPool(workers: 1, queueCapacity: 3, name: "test")
    let started = Gate()
    let seen = Recorder<String>()
    try pool.run(
      Job { outcome in
        guard case .run(let context) = outcome else { return }
        started.open()
        while context.interruption == nil { giveWay() }
        seen.record("interrupted")
      })
    _ = started.wait(until: .never)
    try pool.run(Job { seen.record(name(of: $0)) })
    let late = try #require(pool.reserve())
    pool.stop()
    #expect(seen.all == ["interrupted", "draining"])
    pool.submit(Job { seen.record(name(of: $0)) }, using: late)
    #expect(seen.all == ["interrupted", "draining", "draining"])
    #expect(pool.status.abandoned == 2)
    #expect(pool.status.depth == 0)
    #expect(pool.drain(until: Deadline(nanoseconds: 0)))
  }

  @Test func `stops twice and from its own job without waiting for itself`() throws {
    let pool = try WorkerPool(workers: 2, queueCapacity: 1, name: "test")
    let stopped = Gate()
    try pool.run(
      Job { _ in
        pool.stop()
        stopped.open()
      })
    #expect(stopped.wait(until: .never))
    pool.stop()
    #expect(pool.status.phase == .stopped)
  }

  @Test func `a pool let go ends its workers, even from its own job`() throws {
    let isReleased = Flag()
    let finished = Gate()
    do {
      let pool = try WorkerPool(workers: 2, queueCapacity: 1, name: "test")
      let witness = Witness(isReleased)
      try pool.run(
        Job { [pool, witness] _ in
          withExtendedLifetime((pool, witness)) {}
          finished.open()
        })
    }
    #expect(finished.wait(until: .never))
    while !isReleased.isSet { giveWay() }
  }

  /// Records the flag whenever the pool looks at the clock: when it takes a job, when it starts it and
  /// when it counts it.
  private func recordingPool(_ flag: Flag, in states: Recorder<Bool>) throws -> WorkerPool {
    try WorkerPool(workers: 1, queueCapacity: 1, name: "test") {
      states.record(flag.isSet)
      return 0
    }
  }

  // A frame of its own, so that the job holds the only reference to a witness.
  private func jobThatHolds(_ flag: Flag) -> Job {
    let witness = Witness(flag)
    return Job { _ in withExtendedLifetime(witness) {} }
  }
}
