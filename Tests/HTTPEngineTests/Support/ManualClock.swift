import Locking

@testable import HTTPEngine

/// A clock that stands still until it is set.
final class ManualClock: Sendable {
  private let time = Locked<UInt64>(0)

  var now: UInt64 { seconds * 1_000_000_000 }

  var seconds: UInt64 {
    get { time.withLock { $0 } }
    set { time.withLock { $0 = newValue } }
  }

  /// A pool whose memory may rest for ten seconds of this clock.
  func pool(maximumBytes: Int = .max, maximumIdleBytes: Int = .max) -> BufferPool {
    BufferPool(
      maximumBytes: maximumBytes, maximumIdleBytes: maximumIdleBytes, maximumIdleTime: .seconds(10)
    ) { self.now }
  }
}
