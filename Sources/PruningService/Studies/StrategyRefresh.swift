import Calibration
import Locking
import WorkerPool

/// Looks once a second at what other replicas have written to a shared store, on its own thread.
final class StrategyRefresh: Sendable {
  private static let intervalMilliseconds: Int32 = 1000

  private let pool: WorkerPool
  private let wakeUp = WakeUp()
  private let isStopping = Locked(false)

  /// Starts the thread; nil where nobody else can write.
  init?(
    _ calibrator: Calibrator, of address: StoreAddress, metrics: CalibrationMetrics
  ) throws(WorkerPoolError) {
    guard case .postgreSQL = address else { return nil }
    pool = try WorkerPool(workers: 1, queueCapacity: 1, name: "refresh")
    guard let slot = pool.reserve() else { return nil }
    let (wakeUp, isStopping) = (wakeUp, isStopping)
    let job = Job { _ in
      while !isStopping.withLock({ $0 }) {
        wakeUp.sleep(milliseconds: Self.intervalMilliseconds)
        // What is known stays in force until the store answers again.
        do throws(CalibrationError) { try calibrator.refreshStrategies() } catch {
          metrics.failed(error.code)
        }
      }
    }
    pool.submit(job, using: slot)
  }

  /// Ends the thread, without waiting for a store that does not answer.
  func stop() {
    isStopping.withLock { $0 = true }
    wakeUp.fire()
    pool.beginDrain()
  }
}
