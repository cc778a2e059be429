internal import Locking

/// Threads that work off one bounded queue, first in, first out.
///
/// A place is reserved when a request is admitted, so that a job, once its body has arrived, is
/// never refused. The queue's capacity bounds the waiting (reserved or queued); running jobs occupy
/// workers instead of places.
public final class WorkerPool: Sendable {
  private let core: PoolCore
  private let threads: Locked<[WorkerThread]>

  /// Starts the workers.
  ///
  /// - Parameters:
  ///   - workers: The number of threads, at least 1.
  ///   - queueCapacity: The number of waiting places, at least 1.
  ///   - name: What the threads are called, followed by their index.
  ///   - clock: Nanoseconds of a monotonic clock; deadlines are compared with it.
  /// - Throws: `WorkerPoolError.Code.threadCreationFailed` when the system refuses a thread.
  public init(
    workers: Int, queueCapacity: Int, name: String,
    clock: @escaping @Sendable () -> UInt64 = MonotonicClock.now
  ) throws(WorkerPoolError) {
    precondition(workers > 0, "a pool needs a worker")
    precondition(queueCapacity > 0, "a job passes through a waiting place")
    let core = PoolCore(workers: workers, queueCapacity: queueCapacity, clock: clock)
    self.core = core
    threads = Locked([])
    for index in 0..<workers {
      // When a later thread is refused, deinit lets those already started end.
      let thread = try WorkerThread(name: "\(name)-\(index)") { core.work(as: index) }
      threads.withLock { $0.append(thread) }
    }
  }

  deinit {
    core.stop()
    // Not joined: the last reference may have been a job's, on one of these threads.
    for thread in takeThreads() { thread.detach() }
  }

  /// Takes a waiting place; nil when every place is taken or the pool is draining.
  public func reserve() -> QueueSlot? { core.reserve() ? QueueSlot(core: core) : nil }

  /// Queues a job in the place that a slot holds; cannot be refused.
  ///
  /// A pool that has been stopped since tells the job `.draining` at once, on this thread.
  ///
  /// - Parameters:
  ///   - job: The work.
  ///   - slot: A slot of this pool that was neither used nor released before.
  public func submit(_ job: consuming Job, using slot: QueueSlot) {
    precondition(slot.core === core, "a slot belongs to the pool that gave it out")
    let wasOpen = slot.close()
    precondition(wasOpen, "a slot carries one job")
    core.submit(consume job)
  }

  /// Stops giving out slots; what has one will finish.
  public func beginDrain() { core.beginDrain() }

  /// Stops giving out slots and waits for everything that has one.
  ///
  /// - Parameter deadline: When to stop waiting.
  /// - Returns: Whether every reservation was used or given back and every job has finished.
  public func drain(until deadline: Deadline) -> Bool {
    core.beginDrain()
    return core.waitUntilIdle(until: deadline)
  }

  /// Ends the workers and waits for them.
  ///
  /// Jobs still queued are told `.draining`; running ones see it at their next checkpoint. Work
  /// that must finish is drained before.
  public func stop() {
    core.stop()
    for thread in takeThreads() {
      if thread.isCurrent { thread.detach() } else { thread.join() }
    }
  }

  /// What the pool is doing now.
  public var status: PoolStatus { core.status() }

  var waitingWorkers: Int { core.waitingWorkers }

  private func takeThreads() -> [WorkerThread] {
    threads.withLock { threads in
      defer { threads = [] }
      return threads
    }
  }
}
