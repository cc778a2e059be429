internal import Glibc

/// The clock of all deadlines: nanoseconds since an arbitrary start, never set back.
enum MonotonicClock {
  /// The time now, in nanoseconds.
  static var now: UInt64 {
    var time = timespec()
    // Cannot fail: the clock exists and the pointer is to a local.
    unsafe clock_gettime(CLOCK_MONOTONIC, &time)
    return UInt64(time.tv_sec) &* 1_000_000_000 &+ UInt64(time.tv_nsec)
  }
}

extension Duration {
  /// Whole nanoseconds; negative durations count as zero, very long ones as 292 years.
  var nanoseconds: UInt64 {
    let (seconds, attoseconds) = components
    guard seconds >= 0, attoseconds >= 0 else { return 0 }
    guard seconds < 9_000_000_000 else { return UInt64(Int64.max) }
    return UInt64(seconds) * 1_000_000_000 + UInt64(attoseconds / 1_000_000_000)
  }
}
