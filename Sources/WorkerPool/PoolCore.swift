internal import Locking
internal import Synchronization

/// The state that a pool, its workers and its slots share.
///
/// Apart from `WorkerPool` so that a pool can be let go while its workers still hold this.
final class PoolCore: Sendable {
  let workers: Int
  let clock: @Sendable () -> UInt64

  private let state: Locked<State>
  private let stopping = Atomic(false)
  /// What each worker waits on, so that the one that has worked last is woken and not the one that
  /// has slept longest.
  private let wakeUps: [Semaphore]
  private let idle = Gate()

  init(workers: Int, queueCapacity: Int, clock: @escaping @Sendable () -> UInt64) {
    self.workers = workers
    self.clock = clock
    wakeUps = (0..<workers).map { _ in Semaphore() }
    state = Locked(State(workers: workers, queueCapacity: queueCapacity))
  }

  /// Whether running jobs should give up at their next checkpoint.
  var isStopping: Bool { stopping.load(ordering: .acquiring) }

  /// Takes a waiting place; false when there is none or no new work is taken.
  func reserve() -> Bool { state.withLock { $0.reserve() } }

  /// Gives back a place that no job took over.
  func releaseReservation() {
    let isIdle = state.withLock { state in
      state.reserved -= 1
      return state.hasDrained
    }
    if isIdle { idle.open() }
  }

  /// Turns a reservation into a queued job.
  ///
  /// Once a worker may have the job nothing here refers to it any more, so that the worker's
  /// reference is the last one.
  func submit(_ job: consuming Job) {
    var pending: QueuedJob? = QueuedJob(job: consume job, submittedAt: clock())
    let worker = state.withLock { $0.enqueue(&pending) }
    if let worker { wakeUps[worker].post() }
    guard let rejected = pending.take() else { return }
    abandon(consume rejected)
    finish(.abandoned, startedAt: nil)
  }

  /// Stops taking reservations.
  func beginDrain() {
    let isIdle = state.withLock { state in
      if state.phase == .running { state.phase = .draining }
      return state.hasDrained
    }
    if isIdle { idle.open() }
  }

  /// Waits until everything accepted has finished.
  func waitUntilIdle(until deadline: Deadline) -> Bool { idle.wait(until: deadline) }

  /// Tells the workers to end once the queue is empty; queued jobs are told so and do not run.
  func stop() {
    beginDrain()
    stopping.store(true, ordering: .releasing)
    // Who does not wait looks for a job before it would.
    let waiting = state.withLock { state in
      state.phase = .stopped
      return state.takeWaiting()
    }
    for worker in waiting { wakeUps[worker].post() }
  }

  /// A worker's whole life.
  func work(as worker: Int) {
    while true {
      switch state.withLock({ $0.dequeue(for: worker) }) {
      case .job(let queued):
        let startedAt = clock()
        let ending = run(consume queued, worker: worker, startedAt: startedAt)
        finish(ending, startedAt: startedAt)
      case .nothing: wakeUps[worker].wait()
      case .exit: return
      }
    }
  }

  /// Workers without a job that have said so.
  var waitingWorkers: Int { state.withLock { $0.waitingCount } }

  /// What the pool is doing now.
  func status() -> PoolStatus {
    let now = clock()
    return state.withLock { $0.status(workers: workers, at: now) }
  }

  // A frame of its own that takes the job over, so that everything the job holds is gone before it
  // counts as finished: without `consume` the caller keeps it to the end of its scope, beyond that.
  @inline(never)
  private func run(_ queued: consuming QueuedJob, worker: Int, startedAt: UInt64) -> Ending {
    let job = queued.job
    if isStopping {
      job.run(.draining)
      return .abandoned
    }
    if job.isCancelled() {
      job.run(.cancelled)
      return .cancelled
    }
    if let deadline = job.deadline, deadline.isPassed(at: startedAt) {
      job.run(.deadlineExceeded)
      return .expired
    }
    let wait = startedAt > queued.submittedAt ? startedAt - queued.submittedAt : 0
    job.run(.run(JobContext(worker: worker, queueWait: wait, job: job, core: self)))
    return .completed
  }

  // A frame of its own that takes the job over, as `run` is.
  @inline(never)
  private func abandon(_ queued: consuming QueuedJob) { queued.job.run(.draining) }

  private func finish(_ ending: Ending, startedAt: UInt64?) {
    let now = clock()
    let isIdle = state.withLock { state in
      state.finish(ending, startedAt: startedAt, at: now)
      return state.hasDrained
    }
    if isIdle { idle.open() }
  }
}

/// A job and when it entered the queue.
struct QueuedJob: Sendable {
  let job: Job
  let submittedAt: UInt64
}

/// What became of a job.
enum Ending {
  case completed
  case expired
  case cancelled
  case abandoned
}
