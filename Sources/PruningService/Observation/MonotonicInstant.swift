import WorkerPool

/// The clock of every duration and deadline here: `CLOCK_MONOTONIC`, like the engine's stamps.
enum MonotonicInstant {
  /// Nanoseconds since an arbitrary start.
  static var now: UInt64 { MonotonicClock.now() }
}
