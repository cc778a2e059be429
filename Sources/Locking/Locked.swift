internal import Glibc

/// A value that one thread at a time may touch.
///
/// Like `Synchronization.Mutex`, but on a POSIX mutex, whose order the thread sanitizer sees. The
/// contended path of `Mutex` lies in an uninstrumented library, so that every value behind one is
/// reported as a race and real races drown.
///
/// Safe: the pointer is made in `init` and freed in `deinit`; `value` is touched only in
/// `withLock`, between `lock` and `unlock`.
@safe public final class Locked<Value: ~Copyable & Sendable>: Sendable {
  private nonisolated(unsafe) let mutex: UnsafeMutablePointer<pthread_mutex_t>
  @usableFromInline nonisolated(unsafe) var value: Value

  /// Puts a value behind a lock.
  public init(_ value: consuming Value) {
    unsafe mutex = .allocate(capacity: 1)
    unsafe mutex.initialize(to: pthread_mutex_t())
    unsafe pthread_mutex_init(mutex, nil)
    unsafe self.value = value
  }

  deinit {
    unsafe pthread_mutex_destroy(mutex)
    unsafe mutex.deallocate()
  }

  /// Gives the value to a body that no other thread's body runs beside; not to be nested.
  @inlinable public func withLock<Result: ~Copyable, Failure: Error>(
    _ body: (inout Value) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    lock()
    defer { unlock() }
    return try unsafe body(&value)
  }

  @usableFromInline func lock() { unsafe pthread_mutex_lock(mutex) }

  @usableFromInline func unlock() { unsafe pthread_mutex_unlock(mutex) }
}
