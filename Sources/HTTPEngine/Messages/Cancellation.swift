internal import Synchronization

/// A flag that a loop sets and a worker polls: the client of a request is gone.
///
/// A reset connection counts at once. A client that has only finished sending may still read the
/// answer, so its request is given up when that has lasted for ``halfClosePatience``.
public final class Cancellation: Sendable {
  /// How long a half-closed client is believed to be waiting for its answer.
  public static let halfClosePatience: Duration = .milliseconds(100)

  private let isSet = Atomic<Bool>(false)
  private let finishedSendingAt = Atomic<UInt64>(0)

  /// Makes a flag that is not set.
  public init() {}

  /// Whether the work can be dropped.
  public var isCancelled: Bool {
    if isSet.load(ordering: .relaxed) { return true }
    guard peerFinishedSendingAt != nil else { return false }
    return isCancelled(at: MonotonicClock.now)
  }

  /// Whether the work can be dropped at that time, in nanoseconds of the monotonic clock.
  public func isCancelled(at now: UInt64) -> Bool {
    if isSet.load(ordering: .relaxed) { return true }
    guard let finished = peerFinishedSendingAt else { return false }
    return now >= finished + Cancellation.halfClosePatience.nanoseconds
  }

  /// When the client finished sending, in nanoseconds of the monotonic clock; nil while it may.
  public var peerFinishedSendingAt: UInt64? {
    let time = finishedSendingAt.load(ordering: .relaxed)
    return time == 0 ? nil : time
  }

  /// Gives the work up.
  public func cancel() { isSet.store(true, ordering: .relaxed) }

  func peerFinishedSending(at now: UInt64) { finishedSendingAt.store(now, ordering: .relaxed) }
}
