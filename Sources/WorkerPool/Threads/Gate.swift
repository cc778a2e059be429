internal import Glibc

/// A gate that opens once and stays open, with waits that end on the monotonic clock.
///
/// Safe: both pointers are made in `init` and freed in `deinit`; `isOpen` is touched only while
/// `mutex` is held.
@safe final class Gate: Sendable {
  private nonisolated(unsafe) let mutex: UnsafeMutablePointer<pthread_mutex_t>
  private nonisolated(unsafe) let condition: UnsafeMutablePointer<pthread_cond_t>
  private nonisolated(unsafe) var isOpen = false

  init() {
    unsafe mutex = .allocate(capacity: 1)
    unsafe mutex.initialize(to: pthread_mutex_t())
    unsafe condition = .allocate(capacity: 1)
    unsafe condition.initialize(to: pthread_cond_t())
    var attributes = pthread_condattr_t()
    unsafe pthread_mutex_init(mutex, nil)
    unsafe pthread_condattr_init(&attributes)
    // sem_timedwait would follow the wall clock, which may jump.
    unsafe pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC)
    unsafe pthread_cond_init(condition, &attributes)
    unsafe pthread_condattr_destroy(&attributes)
  }

  deinit {
    unsafe pthread_cond_destroy(condition)
    unsafe pthread_mutex_destroy(mutex)
    unsafe condition.deallocate()
    unsafe mutex.deallocate()
  }

  /// Lets every present and future waiter through.
  func open() {
    unsafe pthread_mutex_lock(mutex)
    unsafe isOpen = true
    unsafe pthread_cond_broadcast(condition)
    unsafe pthread_mutex_unlock(mutex)
  }

  /// Sleeps until the gate is open or the deadline has passed; returns whether it is open.
  func wait(until deadline: Deadline) -> Bool {
    let seconds = Int(min(deadline.nanoseconds / 1_000_000_000, UInt64(Int32.max)))
    var end = timespec(tv_sec: seconds, tv_nsec: Int(deadline.nanoseconds % 1_000_000_000))
    unsafe pthread_mutex_lock(mutex)
    defer { unsafe pthread_mutex_unlock(mutex) }
    while unsafe !isOpen {
      guard unsafe pthread_cond_timedwait(condition, mutex, &end) == 0 else { break }
    }
    return unsafe isOpen
  }
}
