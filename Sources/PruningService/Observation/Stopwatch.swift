/// Splits the time of one job into its phases.
struct Stopwatch {
  private var last = MonotonicInstant.now

  /// Nanoseconds since the last lap, or since the start.
  mutating func lap() -> UInt64 {
    let now = MonotonicInstant.now
    defer { last = now }
    return now &- last
  }
}
