internal import Synchronization

/// A flag that a loop sets and a worker polls: the client of a request is gone.
///
/// A reset connection counts at once. A client that has only finished sending may still read the
/// answer (RFC 9112 §9.6) or may be gone, which nobody can tell before something is sent to it. Its
/// request is given up when it has lasted for ``halfClosePatience`` since then: long enough for one
/// that waits, short enough not to work for ever for those that have left.
public final class Cancellation: Sendable {
  /// How long a half-closed client is believed to be waiting for its answer.
  public static let halfClosePatience: Duration = .seconds(5)

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

  /// Whether the client is gone for certain, not only silent.
  public var isPeerGone: Bool { isSet.load(ordering: .relaxed) }

  /// Since when the request's client has finished sending; nil while it may send.
  ///
  /// In nanoseconds of the monotonic clock: the end of the client's bytes, or the start of the
  /// request if that was later.
  public var peerFinishedSendingAt: UInt64? {
    let time = finishedSendingAt.load(ordering: .relaxed)
    return time == 0 ? nil : time
  }

  /// Gives the work up.
  public func cancel() { isSet.store(true, ordering: .relaxed) }

  /// Takes everything back, for a request that nobody has been told of.
  func renew() {
    isSet.store(false, ordering: .relaxed)
    finishedSendingAt.store(0, ordering: .relaxed)
  }

  func peerFinishedSending(at now: UInt64) { finishedSendingAt.store(now, ordering: .relaxed) }
}
