// Glibc's signal sets are C structures that are filled in place: the pointers below are to locals.
import Glibc

/// The signals that end or change the service, taken by waiting rather than by handlers.
struct Signals {
  private var set = Self.set(SIGTERM, SIGINT, SIGHUP)

  /// Blocks SIGTERM, SIGINT and SIGHUP in this thread and in every thread that it makes from now on, and
  /// ignores SIGPIPE: a vanished peer is an error of its write.
  init() {
    unsafe pthread_sigmask(SIG_BLOCK, &set, nil)
    signal(SIGPIPE, SIG_IGN)
  }

  /// Sleeps until one of the signals arrives, and tells which.
  func wait() -> Int32 { Self.wait(for: set) }

  /// Ends the process when the next SIGTERM or SIGINT arrives, whatever the main thread is doing.
  func exitOnNext() {
    var thread = pthread_t()
    unsafe pthread_create(&thread, nil, exitOnSignal, nil)
  }

  fileprivate static func waitForEnd() -> Int32 { wait(for: set(SIGTERM, SIGINT)) }

  private static func wait(for set: sigset_t) -> Int32 {
    var set = set
    var signal: Int32 = 0
    while unsafe sigwait(&set, &signal) != 0 {}
    return signal
  }

  private static func set(_ signals: Int32...) -> sigset_t {
    var set = sigset_t()
    unsafe sigemptyset(&set)
    for signal in signals { unsafe sigaddset(&set, signal) }
    return set
  }
}

/// A thread body must be a plain function: a closure formed here could be isolated to the main actor.
private func exitOnSignal(_: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
  _exit(128 + Signals.waitForEnd())
}
