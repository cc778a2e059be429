import Locking
import Synchronization

@testable import WorkerPool

/// What jobs leave behind, in order.
final class Recorder<Element: Sendable>: Sendable {
  private let elements = Locked<[Element]>([])

  func record(_ element: Element) { elements.withLock { $0.append(element) } }

  var all: [Element] { elements.withLock { $0 } }
}

/// A clock that stands still until a test moves it.
final class ManualClock: Sendable {
  private let nanoseconds: Atomic<UInt64>

  init(_ start: UInt64 = 1_000_000_000) { nanoseconds = Atomic(start) }

  var read: @Sendable () -> UInt64 { { self.nanoseconds.load(ordering: .acquiring) } }

  func advance(milliseconds: UInt64) {
    nanoseconds.wrappingAdd(milliseconds * 1_000_000, ordering: .acquiringAndReleasing)
  }
}

/// A pool whose only worker is held up until `open` is called.
struct BlockedPool {
  let pool: WorkerPool
  private let gate = Gate()

  init(queueCapacity: Int, clock: @escaping @Sendable () -> UInt64 = MonotonicClock.now) throws {
    pool = try WorkerPool(workers: 1, queueCapacity: queueCapacity, name: "test", clock: clock)
    let started = Gate()
    try pool.run(
      Job { [gate] _ in
        started.open()
        _ = gate.wait(until: .never)
      })
    _ = started.wait(until: .never)
  }

  func open() { gate.open() }
}

/// A reservation that a test relies on was refused.
struct Refused: Error {}

extension WorkerPool {
  /// Reserves and submits in one step.
  func run(_ job: Job) throws {
    guard let slot = reserve() else { throw Refused() }
    submit(job, using: slot)
  }
}
