import Foundation
import Synchronization

/// Tells the threads of a test that it is over.
final class StopFlag: Sendable {
  private let flag = Atomic(false)
  var isSet: Bool { flag.load(ordering: .relaxed) }
  func set() { flag.store(true, ordering: .relaxed) }
}

/// A thread that a test waits for.
final class TestThread: @unchecked Sendable {
  // @unchecked Sendable: a semaphore that is signalled once.
  private let done = DispatchSemaphore(value: 0)

  init(_ body: @escaping () -> Void) throws {
    let done = done
    // The test joins before anything that the body uses goes.
    nonisolated(unsafe) let body = body
    Thread.detachNewThread {
      unsafe body()
      done.signal()
    }
  }

  func join() { done.wait() }
}
