internal import Glibc

/// A counting semaphore on which threads sleep.
///
/// Safe: the pointer is made in `init`, freed in `deinit`, and sem_post and sem_wait may be called
/// from any thread in between.
@safe final class Semaphore: Sendable {
  private nonisolated(unsafe) let handle: UnsafeMutablePointer<sem_t>

  init() {
    unsafe handle = .allocate(capacity: 1)
    unsafe handle.initialize(to: sem_t())
    let result = unsafe sem_init(handle, 0, 0)
    precondition(result == 0, "a process-private semaphore that starts at 0 is always valid")
  }

  deinit {
    unsafe sem_destroy(handle)
    unsafe handle.deallocate()
  }

  /// Lets one more thread through.
  func post() {
    let result = unsafe sem_post(handle)
    precondition(result == 0, "more posts are pending than a semaphore counts")
  }

  /// Sleeps until a post is left for this thread.
  func wait() {
    while unsafe sem_wait(handle) != 0 {}  // fails only when a signal interrupts it
  }
}
