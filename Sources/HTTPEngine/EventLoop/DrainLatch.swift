internal import CLinux
internal import Synchronization

/// Lets one thread wait until every loop has finished draining.
final class DrainLatch: Sendable {
  private let waiting: Atomic<Int>
  private let descriptor: Int32

  init(loops: Int) throws(HTTPEngineError) {
    waiting = Atomic(loops)
    descriptor = clinux_eventfd()
    guard descriptor >= 0 else { throw HTTPEngineError(.outOfResources, errno: -descriptor) }
  }

  deinit { _ = clinux_close(descriptor) }

  /// One loop is done.
  func signal() {
    guard waiting.subtract(1, ordering: .acquiringAndReleasing).newValue == 0 else { return }
    _ = clinux_eventfd_signal(descriptor)
  }

  /// Waits for all loops; false when the time is over first.
  func wait(atMost duration: Duration) -> Bool {
    let deadline = MonotonicClock.now &+ duration.nanoseconds
    while waiting.load(ordering: .acquiring) > 0 {
      let now = MonotonicClock.now
      guard now < deadline else { return false }
      let milliseconds = min((deadline - now) / 1_000_000 + 1, 1000)
      _ = clinux_wait_readable(descriptor, Int32(milliseconds))
    }
    return true
  }
}
