import Locking

@testable import Calibration

/// A wall clock that moves only when a test says so.
final class TestClock: Sendable {
  private let milliseconds = Locked<Int64>(1_700_000_000_000)

  var now: Timestamp { Timestamp(millisecondsSince1970: milliseconds.withLock { $0 }) }

  func advance(seconds: Double) {
    milliseconds.withLock { $0 += Int64(seconds * 1000) }
  }
}
