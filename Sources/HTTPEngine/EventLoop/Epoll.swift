internal import CLinux

/// The kernel's event queue, level-triggered but for what asks for edges.
///
/// Safety: `events` is allocated here, freed in `deinit` and used by the loop's thread alone.
@safe
final class Epoll {
  /// What a descriptor can be ready for.
  struct Readiness: OptionSet, Sendable {
    let rawValue: UInt32

    static let input = Readiness(rawValue: UInt32(CLINUX_EPOLLIN))
    static let output = Readiness(rawValue: UInt32(CLINUX_EPOLLOUT))
    static let peerFinished = Readiness(rawValue: UInt32(CLINUX_EPOLLRDHUP))
    /// The connection is gone in both directions, or broken; reported without being asked for.
    static let hangUp = Readiness(rawValue: UInt32(CLINUX_EPOLLHUP))
    /// Tells each time that something comes, not as long as it is there.
    static let edge = Readiness(rawValue: UInt32(CLINUX_EPOLLET))
    /// Wakes one of the loops that share a descriptor, not all; only for `add`.
    static let exclusive = Readiness(rawValue: UInt32(CLINUX_EPOLLEXCLUSIVE))
    static let failure = Readiness(rawValue: UInt32(CLINUX_EPOLLERR))
  }

  private static let capacity = 256
  private let descriptor: Int32
  private let events: UnsafeMutablePointer<clinux_event>

  init() throws(HTTPEngineError) {
    let result = clinux_epoll_create()
    guard result >= 0 else { throw HTTPEngineError(.outOfResources, errno: -result) }
    descriptor = result
    unsafe events = .allocate(capacity: Epoll.capacity)
    unsafe events.initialize(repeating: clinux_event(), count: Epoll.capacity)
  }

  deinit {
    unsafe events.deallocate()
    _ = clinux_close(descriptor)
  }

  /// Starts to watch a descriptor; returns a negated error number when the kernel has no room.
  func add(_ watched: Int32, _ interest: Readiness, _ token: EventToken) -> Int32 {
    clinux_epoll_add(descriptor, watched, interest.rawValue, token.packed)
  }

  /// Changes what is watched for.
  func change(_ watched: Int32, _ interest: Readiness, _ token: EventToken) {
    _ = clinux_epoll_change(descriptor, watched, interest.rawValue, token.packed)
  }

  /// Stops watching.
  func remove(_ watched: Int32) { _ = clinux_epoll_remove(descriptor, watched) }

  /// Waits for events, for ever if the time is negative; returns how many there are.
  func wait(milliseconds: Int32) -> Int {
    let count = unsafe clinux_epoll_wait(
      descriptor, events, Int32(Epoll.capacity), milliseconds)
    return max(0, Int(count))
  }

  /// Event `index` of the last wait; requires that it is below what `wait` returned.
  func event(_ index: Int) -> (token: EventToken, readiness: Readiness) {
    // Below the capacity by the precondition.
    let event = unsafe events[index]
    return (EventToken(packed: event.token), Readiness(rawValue: event.flags))
  }
}
