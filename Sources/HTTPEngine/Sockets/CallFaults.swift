internal import Locking

/// Failures for tests: error numbers to return instead of making a call, and short writes.
final class CallFaults: Sendable {
  /// The calls that can be made to fail.
  enum Call: Hashable {
    case accept
    case receive
    case send
    /// Starting to watch an accepted descriptor.
    case watch
    case startThread
    /// Waiting for events: it ends at once, as when a signal comes.
    case wait
  }

  private struct State {
    var errors: [Call: [Int32]] = [:]
    var sendLimit: Int?
    var sendLimits: [Int] = []
  }

  private let state = Locked(State())

  /// The most bytes that one send takes; 0 for a full socket, nil for no limit.
  var sendLimit: Int? {
    get { state.withLock(\.sendLimit) }
    set { state.withLock { $0.sendLimit = newValue } }
  }

  /// The next sends take at most these numbers of bytes, in order; 0 for a full socket.
  func limitSends(to limits: [Int]) { state.withLock { $0.sendLimits = limits.reversed() } }

  /// What the next send takes at most.
  func nextSendLimit() -> Int? { state.withLock { $0.sendLimits.popLast() ?? $0.sendLimit } }

  /// The next calls of that kind fail with these error numbers, in order; 0 lets one call pass.
  func fail(_ call: Call, with errors: [Int32]) {
    state.withLock { $0.errors[call, default: []].append(contentsOf: errors) }
  }

  /// How many failures of that kind have not been played yet.
  func remaining(_ call: Call) -> Int { state.withLock { $0.errors[call]?.count ?? 0 } }

  func next(_ call: Call) -> Int32? {
    state.withLock { state in
      guard state.errors[call]?.isEmpty == false else { return nil }
      let errno = state.errors[call]?.removeFirst()
      return errno == 0 ? nil : errno
    }
  }
}
