// Glibc's signal sets are C structures that are filled in place: the pointers below are to locals.
import Glibc
import StudyDriver
import Synchronization

/// SIGINT and SIGTERM as the wish that everything ends, heard on a thread of their own.
final class EndSignals: Sendable {
  private let stop: StopSignal
  /// 0 until there is one.
  private let taken = Atomic<Int32>(0)

  /// Which signal ended the run.
  var number: Int32? {
    let number = taken.load(ordering: .acquiring)
    return number == 0 ? nil : number
  }

  /// Blocks the signals in this thread and in every thread that it makes from now on.
  init(_ stop: StopSignal) {
    self.stop = stop
    var set = Self.set
    unsafe pthread_sigmask(SIG_BLOCK, &set, nil)
    signal(SIGPIPE, SIG_IGN)
    var thread = pthread_t()
    // The thread lives as long as the process, so it keeps this object for ever.
    unsafe pthread_create(&thread, nil, hearSignals, Unmanaged.passRetained(self).toOpaque())
  }

  private static var set: sigset_t {
    var set = sigset_t()
    unsafe sigemptyset(&set)
    for signal in [SIGINT, SIGTERM] { unsafe sigaddset(&set, signal) }
    return set
  }

  /// The first signal ends what is under way, the second one the process.
  fileprivate func hear() {
    var set = Self.set
    var signal: Int32 = 0
    while unsafe sigwait(&set, &signal) != 0 {}
    taken.store(signal, ordering: .releasing)
    stop.fire()
    while unsafe sigwait(&set, &signal) != 0 {}
    _exit(128 + signal)
  }
}

/// A thread body must be a plain function: a closure formed here could be isolated to the main actor.
private func hearSignals(_ context: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
  // The pointer was made from this type, and its reference was retained for this thread.
  if let context = unsafe context {
    unsafe Unmanaged<EndSignals>.fromOpaque(context).takeUnretainedValue().hear()
  }
  return nil
}
