internal import CLinux
internal import Glibc
internal import Locking

/// Threads that end what may take long to end, so that no loop waits for it.
///
/// close(2) of a descriptor that a client has chosen may wait for another process (FUSE), for a peer
/// (SO_LINGER) or for pages to be given back. A thread that such work stops for good is lost; so
/// there may be a few, and they begin only when all that there are have work.
public final class Closer: Sendable {
  private struct State {
    var waiting: [@Sendable () -> Void] = []
    var threads = 0
    var idle = 0
  }

  /// Closes descriptors that clients have passed.
  static let ofDescriptors = Closer(name: "closer", most: 8)

  private let state = Locked(State())
  private let event = clinux_eventfd()
  private let name: String
  private let most: Int

  /// Makes a closer, which is meant to be there as long as the process: its threads never end.
  ///
  /// - Parameters:
  ///   - name: What the threads are called, at most 15 bytes.
  ///   - most: How many threads there may be.
  public init(name: String, most: Int) {
    self.name = name
    self.most = most
  }

  /// Does some work soon, or at once if there can be no thread.
  public func run(_ work: @escaping @Sendable () -> Void) {
    let (isAdding, isAlone) = state.withLock { state in
      state.waiting.append(work)
      let isAdding = state.waiting.count > state.idle && state.threads < most
      if isAdding { state.threads += 1 }
      return (isAdding, state.threads == (isAdding ? 1 : 0))
    }
    _ = clinux_eventfd_signal(event)
    guard isAdding, !startThread() else { return }
    state.withLock { $0.threads -= 1 }
    if isAlone { while let next = next() { next() } }
  }

  private func startThread() -> Bool {
    var thread = pthread_t()
    let context = unsafe Unmanaged.passRetained(self)
    let result = unsafe clinux_start_thread(
      &thread, name,
      { context in
        guard let context = unsafe context else { return }
        // Balances passRetained below.
        unsafe Unmanaged<Closer>.fromOpaque(context).takeRetainedValue().work()
      }, context.toOpaque())
    guard result == 0 else {
      unsafe context.release()
      return false
    }
    pthread_detach(thread)
    return true
  }

  private func work() {
    while true {
      while let next = next() { next() }
      state.withLock { $0.idle += 1 }
      if state.withLock({ $0.waiting.isEmpty }) { _ = clinux_wait_readable(event, -1) }
      _ = clinux_eventfd_clear(event)
      state.withLock { $0.idle -= 1 }
    }
  }

  /// The next work; wakes another thread for what is behind it, as this one may be stopped by it.
  private func next() -> (@Sendable () -> Void)? {
    let (next, isMore) = state.withLock { state in
      let next = state.waiting.isEmpty ? nil : state.waiting.removeFirst()
      return (next, !state.waiting.isEmpty)
    }
    if isMore { _ = clinux_eventfd_signal(event) }
    return next
  }
}
