import HTTPEngine

/// The clock that the engine stamps requests with.
///
/// Its own file: the engine and the pool both name their view of CLOCK_MONOTONIC so.
enum MonotonicInstant {
  /// Nanoseconds since an arbitrary start.
  static var now: UInt64 { MonotonicClock.now }
}
