// Glibc's signal sets are C structures that are filled in place: the pointers below are to locals.
import Glibc

/// The signals that end the service, taken by waiting rather than by handlers.
struct Signals {
  private var set = Self.endings

  /// Blocks SIGTERM and SIGINT in this thread and in every thread that it makes from now on, and
  /// ignores SIGPIPE: a vanished peer is an error of its write.
  init() {
    unsafe pthread_sigmask(SIG_BLOCK, &set, nil)
    signal(SIGPIPE, SIG_IGN)
  }

  /// Sleeps until one of the signals arrives.
  func wait() -> Int32 { Self.wait() }

  /// Ends the process when the next signal arrives, whatever the main thread is doing.
  func exitOnNext() {
    var thread = pthread_t()
    unsafe pthread_create(&thread, nil, exitOnSignal, nil)
  }

  fileprivate static func wait() -> Int32 {
    var set = endings
    var signal: Int32 = 0
    while unsafe sigwait(&set, &signal) != 0 {}
    return signal
  }

  private static var endings: sigset_t {
    var set = sigset_t()
    unsafe sigemptyset(&set)
    unsafe sigaddset(&set, SIGTERM)
    unsafe sigaddset(&set, SIGINT)
    return set
  }
}

/// A thread body must be a plain function: a closure formed here could be isolated to the main actor.
private func exitOnSignal(_: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
  _exit(128 + Signals.wait())
}
