import TestSupport
import Testing

@testable import WorkerPool

@Suite(.timeLimit(.minutes(15)))
struct WorkerPoolStressTests {
  /// What the producers did, to be compared with what the pool says it did.
  final class Tally: Sendable {
    let submitted = Count()
    let refused = Count()
    let ran = Count()
    let expired = Count()
    let cancelled = Count()
    let draining = Count()

    func count(_ outcome: JobOutcome) {
      switch outcome {
      case .run: ran.increment()
      case .deadlineExceeded: expired.increment()
      case .cancelled: cancelled.increment()
      case .draining: draining.increment()
      }
    }

    var finished: UInt64 {
      ran.value + expired.value
        + cancelled.value + draining.value
    }
  }

  @Test(arguments: [(1, 1), (2, 3), (4, 16)])
  func `loses no job and no place under many producers`(workers: Int, capacity: Int) throws {
    let pool = try WorkerPool(workers: workers, queueCapacity: capacity, name: "stress")
    let tally = Tally()
    let producers = try (0..<8).map { producer in
      try WorkerThread(name: "producer") {
        produce(into: pool, count: 1500, seed: UInt64(producer), tally: tally)
      }
    }
    for producer in producers { producer.join() }
    #expect(pool.drain(until: .after(.seconds(60))))
    expectAgreement(pool.status, tally)
    #expect(tally.draining.value == 0)
    pool.stop()
  }

  @Test(arguments: 0..<8) func `loses no job when stopped in full flight`(seed: Int) throws {
    let pool = try WorkerPool(workers: 2, queueCapacity: 8, name: "stress")
    let tally = Tally()
    let producers = try (0..<4).map { producer in
      try WorkerThread(name: "producer") {
        produce(into: pool, count: 400, seed: UInt64(seed * 4 + producer), tally: tally)
      }
    }
    while pool.status.completed < UInt64(20 * seed) { giveWay() }
    pool.stop()
    for producer in producers { producer.join() }
    #expect(pool.drain(until: .after(.seconds(60))))
    expectAgreement(pool.status, tally)
  }

  @Test func `keeps each producer's order with one worker`() throws {
    let pool = try WorkerPool(workers: 1, queueCapacity: 4, name: "stress")
    let order = Recorder<(producer: Int, index: Int)>()
    let producers = try (0..<4).map { producer in
      try WorkerThread(name: "producer") {
        for index in 0..<500 {
          var slot = pool.reserve()
          while slot == nil {
            giveWay()
            slot = pool.reserve()
          }
          guard let slot else { return }
          pool.submit(Job { _ in order.record((producer, index)) }, using: slot)
        }
      }
    }
    for producer in producers { producer.join() }
    #expect(pool.drain(until: .after(.seconds(60))))
    for producer in 0..<4 {
      let indices = order.all.filter { $0.producer == producer }.map(\.index)
      #expect(indices == Array(0..<500))
    }
  }

  @Test func `never exceeds its places`() throws {
    let pool = try WorkerPool(workers: 2, queueCapacity: 5, name: "stress")
    let tally = Tally()
    let worst = Count()
    let isOver = Flag()
    let observer = try WorkerThread(name: "observer") {
      while !isOver.isSet {
        let status = pool.status
        worst.raise(to: status.depth)
        worst.raise(to: status.busyWorkers > 2 ? 99 : 0)
        giveWay()
      }
    }
    let producers = try (0..<6).map { producer in
      try WorkerThread(name: "producer") {
        produce(into: pool, count: 500, seed: UInt64(100 + producer), tally: tally)
      }
    }
    for producer in producers { producer.join() }
    isOver.set()
    observer.join()
    #expect(worst.value <= 5)
    #expect(pool.drain(until: .after(.seconds(60))))
  }

  private func expectAgreement(_ status: PoolStatus, _ tally: Tally) {
    #expect(status.depth == 0)
    #expect(status.busyWorkers == 0)
    #expect(tally.finished == tally.submitted.value)
    #expect(status.completed == tally.ran.value)
    #expect(status.expired == tally.expired.value)
    #expect(status.cancelled == tally.cancelled.value)
    #expect(status.abandoned == tally.draining.value)
    #expect(status.refused == tally.refused.value)
  }
}

/// Tries to submit `count` jobs, some released unused, some expired, some cancelled.
private func produce(
  into pool: WorkerPool, count: Int, seed: UInt64, tally: WorkerPoolStressTests.Tally
) {
  var random = SeededGenerator(seed: seed)
  for _ in 0..<count {
    guard let slot = pool.reserve() else {
      tally.refused.increment()
      giveWay()
      continue
    }
    let kind = UInt8.random(in: 0..<8, using: &random)
    guard kind > 0 else { continue }
    tally.submitted.increment()
    pool.submit(
      Job(deadline: kind == 1 ? Deadline(nanoseconds: 1) : nil, isCancelled: { kind == 2 }) {
        if kind == 3 { giveWay() }
        tally.count($0)
      }, using: slot)
  }
}
