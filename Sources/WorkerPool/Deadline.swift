internal import Glibc

/// Nanoseconds of the monotonic clock, which the wall clock's jumps do not touch.
public enum MonotonicClock {
  /// The time since an arbitrary start, in nanoseconds.
  public static func now() -> UInt64 {
    var time = timespec()
    // Safe: the pointer lives for the call only.
    _ = unsafe clock_gettime(CLOCK_MONOTONIC, &time)
    return UInt64(time.tv_sec) &* 1_000_000_000 &+ UInt64(time.tv_nsec)
  }
}

/// The monotonic instant after which an answer is of no use to the client.
public struct Deadline: Sendable, Hashable, Comparable {
  /// The instant, in nanoseconds of `MonotonicClock`.
  public let nanoseconds: UInt64

  /// Wraps an instant of `MonotonicClock`.
  public init(nanoseconds: UInt64) { self.nanoseconds = nanoseconds }

  /// A deadline that never passes.
  public static let never = Deadline(nanoseconds: .max)

  /// The deadline that lies a time after a start; saturates instead of overflowing.
  public static func after(
    milliseconds: UInt64, from start: UInt64 = MonotonicClock.now()
  ) -> Deadline {
    let (span, spanOverflows) = milliseconds.multipliedReportingOverflow(by: 1_000_000)
    let (end, endOverflows) = start.addingReportingOverflow(span)
    return spanOverflows || endOverflows ? .never : Deadline(nanoseconds: end)
  }

  /// The deadline that lies a duration after now; a negative duration has passed already.
  public static func after(_ duration: Duration) -> Deadline {
    let (seconds, attoseconds) = duration.components
    guard seconds >= 0, attoseconds >= 0 else { return Deadline(nanoseconds: 0) }
    guard seconds < 1 << 32 else { return .never }
    let span = UInt64(seconds) * 1_000_000_000 + UInt64(attoseconds / 1_000_000_000)
    return Deadline(nanoseconds: MonotonicClock.now() + span)
  }

  /// Whether the deadline lies at or before an instant of `MonotonicClock`.
  public func isPassed(at now: UInt64) -> Bool { now >= nanoseconds && self != .never }

  /// Whether the deadline has passed.
  public var isPassed: Bool { isPassed(at: MonotonicClock.now()) }

  /// Orders by instant.
  public static func < (left: Deadline, right: Deadline) -> Bool {
    left.nanoseconds < right.nanoseconds
  }
}
