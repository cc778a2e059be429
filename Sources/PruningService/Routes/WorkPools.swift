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
  }

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
