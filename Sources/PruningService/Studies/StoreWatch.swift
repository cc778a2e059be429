import Calibration
import Locking
import WorkerPool

/// Looks at the store on a thread of its own: once a second for strategies that others have written to
/// it, now and then for how much it holds.
final class StoreWatch: Sendable {
  private static let intervalMilliseconds: Int32 = 1000
  /// Counting is dearer than looking for new strategies.
  private static let intervalsBetweenCounts = 10

  private let pool: WorkerPool
  private let wakeUp = WakeUp()
  private let isStopping = Locked(false)

  /// Starts the thread.
  init(
    _ calibrator: Calibrator, of address: StoreAddress, metrics: CalibrationMetrics
  ) throws(WorkerPoolError) {
    pool = try WorkerPool(workers: 1, queueCapacity: 1, name: "watch")
    guard let slot = pool.reserve() else { return }
    let (wakeUp, isStopping) = (wakeUp, isStopping)
    let job = Job { _ in
      var turn = 0
      while !isStopping.withLock({ $0 }) {
        Self.look(
          calibrator, address, metrics, counts: turn % Self.intervalsBetweenCounts == 0)
        turn += 1
        wakeUp.sleep(milliseconds: Self.intervalMilliseconds)
      }
    }
    pool.submit(job, using: slot)
  }

  deinit { stop() }

  /// What is known stays in force until the store answers again.
  private static func look(
    _ calibrator: Calibrator, _ address: StoreAddress, _ metrics: CalibrationMetrics, counts: Bool
  ) {
    do throws(CalibrationError) {
      // Nobody else can write to memory.
      if address != .memory { try calibrator.refreshStrategies() }
      if counts { metrics.counted(try calibrator.census()) }
    } catch { metrics.failed(error.code) }
  }

  /// Ends the thread, without waiting for a store that does not answer.
  func stop() {
    isStopping.withLock { $0 = true }
    wakeUp.fire()
    pool.beginDrain()
  }
}
