internal import Glibc

/// A plain thread of the operating system.
///
/// Not a Task: the concurrency runtime's pool has no bound and kernels would block it.
struct WorkerThread: Sendable {
  private let handle: pthread_t

  /// Starts a thread that bears a name and runs a body.
  init(name: String, body: @escaping @Sendable () -> Void) throws(WorkerPoolError) {
    let start = unsafe Unmanaged.passRetained(ThreadStart(name: name, body: body))
    var handle = pthread_t()
    var inherited = sigset_t()
    // A thread inherits its creator's mask. Blocked here, signals reach the threads that expect
    // them; blocking after the start would leave a gap.
    var blocked = Self.blockedSignals()
    // Safe: the pointers live for the calls; `start` is consumed by the thread or below.
    unsafe pthread_sigmask(SIG_SETMASK, &blocked, &inherited)
    let result = unsafe pthread_create(&handle, nil, Self.main, start.toOpaque())
    unsafe pthread_sigmask(SIG_SETMASK, &inherited, nil)
    guard result == 0 else {
      unsafe start.release()
      throw WorkerPoolError(code: .threadCreationFailed, errno: result)
    }
    self.handle = handle
  }

  /// Whether this is the calling thread.
  var isCurrent: Bool { pthread_equal(pthread_self(), handle) != 0 }

  /// Waits for the thread to end; call once, from another thread.
  func join() { _ = pthread_join(handle, nil) }

  /// Lets the thread's end go unobserved.
  func detach() { pthread_detach(handle) }

  // Everything but the signals that report this thread's own faults.
  private static func blockedSignals() -> sigset_t {
    var signals = sigset_t()
    unsafe sigfillset(&signals)
    for fault in [SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP, SIGABRT, SIGPROF] {
      unsafe sigdelset(&signals, fault)
    }
    return signals
  }

  private static let main: @convention(c) (UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? = {
    argument in
    guard let argument = unsafe argument else { return nil }
    // Safe: `init` passed exactly this retained object.
    let start = unsafe Unmanaged<ThreadStart>.fromOpaque(argument).takeRetainedValue()
    start.nameThread()
    start.body()
    return nil
  }
}

/// What a new thread needs to begin.
private final class ThreadStart: Sendable {
  let name: String
  let body: @Sendable () -> Void

  init(name: String, body: @escaping @Sendable () -> Void) {
    self.name = name
    self.body = body
  }

  /// Shows the name in `top` and debuggers; the kernel keeps 15 bytes.
  ///
  /// Written through procfs because pthread_setname_np is not importable; failure is harmless.
  func nameThread() {
    let file = unsafe open("/proc/thread-self/comm", O_WRONLY | O_CLOEXEC)
    guard file >= 0 else { return }
    let bytes = Array(name.utf8.prefix(15))
    _ = unsafe bytes.withUnsafeBytes { unsafe write(file, $0.baseAddress, $0.count) }
    _ = close(file)
  }
}
