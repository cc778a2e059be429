// The C library fills structures in place: each pointer is to a local that outlives its call.
internal import Glibc
internal import WorkerPool

/// How long somebody is willing to wait, and what cuts it short.
struct Patience: Sendable {
  let stop: StopSignal
  /// Nil waits for ever.
  var deadline: Deadline?

  init(_ stop: StopSignal, seconds: Double? = nil) {
    self.stop = stop
    deadline = seconds.map {
      let nanoseconds = UInt64(max(0, min($0, 1e9)) * 1e9)
      return Deadline(nanoseconds: MonotonicClock.now() &+ nanoseconds)
    }
  }

  /// Sleeps until one of the descriptors is ready.
  ///
  /// - Parameter descriptors: What to wait for; a negative one is nobody's.
  /// - Returns: Which are ready, in their order.
  /// - Throws: ``StudyDriverError/Code/interrupted``, ``StudyDriverError/Code/timedOut``.
  func wait(
    for descriptors: [(descriptor: Int32, events: Int32)]
  ) throws(StudyDriverError) -> [Bool] {
    var requests = descriptors.map {
      pollfd(fd: $0.descriptor, events: Int16($0.events), revents: 0)
    }
    requests.append(pollfd(fd: stop.descriptor, events: Int16(POLLIN), revents: 0))
    while true {
      let ready = unsafe poll(&requests, nfds_t(requests.count), try remainingMilliseconds())
      if ready < 0, errno == EINTR { continue }
      guard requests[descriptors.count].revents == 0 else { throw .interrupted }
      if ready > 0 { return requests.dropLast().map { $0.revents != 0 } }
    }
  }

  private func remainingMilliseconds() throws(StudyDriverError) -> Int32 {
    guard let deadline else { return -1 }
    let now = MonotonicClock.now()
    guard !deadline.isPassed(at: now) else { throw .timedOut }
    return Int32(clamping: (deadline.nanoseconds - now) / 1_000_000 + 1)
  }
}
