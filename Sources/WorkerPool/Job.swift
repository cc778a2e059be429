/// Work that waits in a pool's queue: a closure and what may make it pointless.
public struct Job: Sendable {
  /// When the answer stops being of use, if ever.
  public let deadline: Deadline?
  /// Whether the client has gone; asked at dequeue and at checkpoints, on the worker.
  public let isCancelled: @Sendable () -> Bool
  /// Called exactly once, on a worker, with what became of the job.
  public let run: @Sendable (JobOutcome) -> Void

  /// Makes a job.
  public init(
    deadline: Deadline? = nil, isCancelled: @escaping @Sendable () -> Bool = { false },
    run: @escaping @Sendable (JobOutcome) -> Void
  ) {
    self.deadline = deadline
    self.isCancelled = isCancelled
    self.run = run
  }
}

/// What a job is told when its turn has come.
public enum JobOutcome: Sendable {
  /// Do the work.
  case run(JobContext)
  /// The deadline passed in the queue.
  case deadlineExceeded
  /// The client went away in the queue.
  case cancelled
  /// The pool was stopped before a worker was free.
  case draining
}

/// Why a job should not go on.
public enum JobInterruption: Error, Sendable, Hashable {
  /// The deadline has passed.
  case deadlineExceeded
  /// The client has gone.
  case cancelled
  /// The pool is being stopped and the grace period is over.
  case draining
}

/// What a running job knows of its surroundings.
public struct JobContext: Sendable {
  /// The worker that runs the job, `0 ..< workers`: the key of per-worker scratch memory.
  public let workerIndex: Int
  /// The time from submission to start.
  public let queueWaitNanoseconds: UInt64

  private let deadline: Deadline?
  private let isCancelled: @Sendable () -> Bool
  private let core: PoolCore?

  init(worker: Int, queueWait: UInt64, job: borrowing Job, core: PoolCore) {
    workerIndex = worker
    queueWaitNanoseconds = queueWait
    deadline = job.deadline
    isCancelled = job.isCancelled
    self.core = core
  }

  /// Makes the context of work that runs outside a pool.
  public init(
    workerIndex: Int = 0, deadline: Deadline? = nil,
    isCancelled: @escaping @Sendable () -> Bool = { false }
  ) {
    self.workerIndex = workerIndex
    queueWaitNanoseconds = 0
    self.deadline = deadline
    self.isCancelled = isCancelled
    core = nil
  }

  /// Why the job should stop now, if it should; cheap enough to ask between phases.
  public var interruption: JobInterruption? {
    if isCancelled() { return .cancelled }
    if let core, core.isStopping { return .draining }
    guard let deadline else { return nil }
    return deadline.isPassed(at: core?.clock() ?? MonotonicClock.now()) ? .deadlineExceeded : nil
  }

  /// Stops the job between phases when its answer is of no use any more.
  public func checkpoint() throws(JobInterruption) {
    if let interruption { throw interruption }
  }
}
