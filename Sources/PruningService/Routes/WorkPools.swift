internal import CLinux
import WorkerPool

/// The pools that operations run in: calibration never keeps prune traffic waiting.
struct WorkPools: Sendable {
  /// Prune, importance, plan and discrepancy.
  let pruning: WorkerPool
  /// Studies and strategies, as far as it is the store that takes the time.
  let storing: WorkerPool
  /// Fitting a model, for suggestions and importances: this can take a second.
  let fitting: WorkerPool

  /// Waiting places of each pool for calibration.
  static let calibrationQueueCapacity = 64

  /// Starts the threads for calibration, one for each kind of work.
  init(pruning: WorkerPool) throws(WorkerPoolError) {
    let capacity = Self.calibrationQueueCapacity
    self.pruning = pruning
    storing = try WorkerPool(workers: 1, queueCapacity: capacity, name: "store")
    fitting = try WorkerPool(workers: 1, queueCapacity: capacity, name: "fit")
    if let slot = fitting.reserve() {
      fitting.submit(Job { _ in Self.runBehindOthers() }, using: slot)
    }
  }

  /// Makes the calling thread run only a little where others want to (on Linux that belongs to a thread).
  ///
  /// A fit takes a core for milliseconds, and a prune request that wakes up meanwhile must not wait for the
  /// end of its time slice. With nothing else to do the fit is as fast as before.
  private static func runBehindOthers() {
    // Who may not do that fits as fast as the others prune.
    _ = clinux_run_behind_others()
  }

  /// Lets a thread run that has been woken for this processor; called every few hundred microseconds of a fit.
  ///
  /// Niceness alone does not: a woken thread that has had its share of the last milliseconds is looked at again
  /// with the kernel's next tick, which is up to 10 ms later, or when the present one gives way.
  static func giveWay() { clinux_give_way() }

  /// One pool for everything.
  init(shared pool: WorkerPool) {
    pruning = pool
    storing = pool
    fitting = pool
  }

  /// The pool for an operation.
  subscript(operation: OperationKind) -> WorkerPool {
    guard case .calibration(let call) = operation else { return pruning }
    return call.action.fitsModel ? fitting : storing
  }

  /// Gives out no more places.
  func beginDrain() {
    for pool in [pruning, storing, fitting] { pool.beginDrain() }
  }

  /// Ends the threads and waits for them.
  func stop() {
    for pool in [pruning, storing, fitting] { pool.stop() }
  }
}
