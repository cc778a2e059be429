internal import Locking

/// Failures for tests: error numbers to return instead of making a call, and short writes.
final class CallFaults: Sendable {
  /// The calls that can be made to fail.
  enum Call: Hashable {
    case accept
    case receive
    case send
  }

  private struct State {
    var errors: [Call: [Int32]] = [:]
    var sendLimit: Int?
  }

  private let state = Locked(State())

  /// The most bytes that one send takes; nil for no limit.
  var sendLimit: Int? {
    get { state.withLock(\.sendLimit) }
    set { state.withLock { $0.sendLimit = newValue } }
  }

  /// The next calls of that kind fail with these error numbers, in order.
  func fail(_ call: Call, with errors: [Int32]) {
    state.withLock { $0.errors[call, default: []].append(contentsOf: errors) }
  }

  /// How many failures of that kind have not been played yet.
  func remaining(_ call: Call) -> Int { state.withLock { $0.errors[call]?.count ?? 0 } }

  func next(_ call: Call) -> Int32? {
    state.withLock { state in
      guard state.errors[call]?.isEmpty == false else { return nil }
      return state.errors[call]?.removeFirst()
    }
  }
}
