extension PoolCore {
  /// What a worker finds.
  enum Dequeued {
    case job(QueuedJob)
    case nothing
    case exit
  }

  /// Counts and queue, only ever touched under the pool's lock.
  ///
  /// Every accepted request is counted in exactly one of `reserved`, `queue` and `running`.
  struct State: ~Copyable, Sendable {
    var phase = PoolStatus.Phase.running
    var reserved = 0

    private var queue: BoundedQueue<QueuedJob>
    /// Workers that wait, the one that began last at the end.
    private var waiting: [Int] = []
    private var running = 0
    private var rate = DrainRate()
    private var completed: UInt64 = 0
    private var expired: UInt64 = 0
    private var cancelled: UInt64 = 0
    private var abandoned: UInt64 = 0
    private var refused: UInt64 = 0

    init(workers: Int, queueCapacity: Int) {
      queue = BoundedQueue(capacity: queueCapacity)
      waiting.reserveCapacity(workers)
    }

    /// Whether nothing is left and nothing can come: once true, true for ever.
    var hasDrained: Bool {
      phase != .running && reserved == 0 && queue.count == 0 && running == 0
    }

    mutating func reserve() -> Bool {
      guard phase == .running, reserved + queue.count < queue.capacity else {
        refused += 1
        return false
      }
      reserved += 1
      return true
    }

    /// Queues a job in its reserved place; leaves it there when the workers have been told to
    /// end, and the caller has to run it.
    ///
    /// Returns the worker to wake, if one waits: the one that has worked last, whose memory is still
    /// in its processor's caches.
    mutating func enqueue(_ pending: inout QueuedJob?) -> Int? {
      reserved -= 1
      if queue.count + running == 0, let pending { rate.becameBusy(at: pending.submittedAt) }
      if phase == .stopped {
        running += 1
      } else if let queued = pending.take() {
        queue.append(queued)
        return waiting.popLast()
      }
      return nil
    }

    /// Takes the next job; a worker that gets none is to wait until it is woken.
    mutating func dequeue(for worker: Int) -> Dequeued {
      guard let queued = queue.popFirst() else {
        guard phase != .stopped else { return .exit }
        waiting.append(worker)
        return .nothing
      }
      running += 1
      return .job(queued)
    }

    var waitingCount: Int { waiting.count }

    /// Takes all workers that wait.
    mutating func takeWaiting() -> [Int] {
      let workers = waiting
      waiting = []
      return workers
    }

    mutating func finish(_ ending: Ending, startedAt: UInt64?, at now: UInt64) {
      running -= 1
      var service: UInt64?
      switch ending {
      case .completed:
        completed += 1
        service = startedAt.map { now > $0 ? now - $0 : 0 }
      case .expired: expired += 1
      case .cancelled: cancelled += 1
      case .abandoned: abandoned += 1
      }
      rate.finished(at: now, service: service)
    }

    borrowing func status(workers: Int, at now: UInt64) -> PoolStatus {
      let isBusy = queue.count + running > 0
      return PoolStatus(
        phase: phase, workers: workers, queueCapacity: queue.capacity, reserved: reserved,
        queued: queue.count, busyWorkers: running, completed: completed, expired: expired,
        cancelled: cancelled, abandoned: abandoned, refused: refused,
        jobsPerSecond: rate.jobsPerSecond(at: now, isBusy: isBusy),
        meanServiceSeconds: rate.meanService.map { $0 / 1e9 },
        expectedServiceSeconds: rate.expectedService.map { $0 / 1e9 },
        stalledSeconds: Double(rate.stall(at: now, isBusy: isBusy)) / 1e9,
        retryAfterSeconds: rate.retryAfterSeconds(
          depth: reserved + queue.count, at: now, isBusy: isBusy))
    }
  }
}
