import Glibc

/// The processor time of the calling thread in a synchronous body.
///
/// Other tests run at the same time on the same cores, so the wall clock says little.
public func processorTime(_ body: () throws -> Void) rethrows -> Duration {
  let start = threadTime()
  try body()
  return threadTime() - start
}

private func threadTime() -> Duration {
  var time = timespec()
  // The kernel fills in the one structure that it is given.
  unsafe clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
  return .seconds(time.tv_sec) + .nanoseconds(time.tv_nsec)
}
