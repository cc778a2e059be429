internal import CLinux

/// What a system call returned: a count or descriptor, or an error number.
struct CallResult: Equatable {
  /// The result as CLinux returns it: negative values are negated error numbers.
  let value: Int

  /// The error number; nil on success.
  var errno: Int32? { value < 0 ? Int32(truncatingIfNeeded: -value) : nil }
}

/// The system calls that can fail in interesting ways, with a place where tests inject failures.
///
/// errno is read and EINTR retried inside CLinux. Safety: every pointer is valid for its count,
/// which the callers' buffers guarantee; the kernel keeps none of them.
struct SystemCalls: Sendable {
  /// Failures to play instead of the real calls; nil outside tests.
  var faults: CallFaults?

  func accept(_ listener: Int32, peer: inout sockaddr_storage) -> CallResult {
    if let fault = faults?.next(.accept) { return CallResult(value: -Int(fault)) }
    return unsafe CallResult(value: Int(clinux_accept(listener, &peer)))
  }

  func receive(_ descriptor: Int32, into bytes: UnsafeMutableRawBufferPointer) -> CallResult {
    if let fault = faults?.next(.receive) { return CallResult(value: -Int(fault)) }
    return unsafe CallResult(value: clinux_receive(descriptor, bytes.baseAddress, bytes.count))
  }

  /// Receives bytes and the descriptors that were passed with them.
  ///
  /// - Parameters:
  ///   - descriptor: A Unix-domain socket.
  ///   - bytes: Where the bytes go.
  ///   - passed: Receives the descriptors, which are the caller's to close.
  ///   - isTruncated: Becomes true when the kernel has dropped some.
  /// - Returns: The number of bytes.
  func receive(
    _ descriptor: Int32, into bytes: UnsafeMutableRawBufferPointer, passed: inout [Int32],
    isTruncated: inout Bool
  ) -> CallResult {
    if let fault = faults?.next(.receive) { return CallResult(value: -Int(fault)) }
    var received = clinux_passed()
    // The pointers are to a local and to as many numbers as are asked for.
    let result = unsafe withUnsafeTemporaryAllocation(
      of: Int32.self, capacity: Int(CLINUX_PASSED_ROOM)
    ) { room in
      let result = unsafe clinux_receive_passed(
        descriptor, bytes.baseAddress, bytes.count, room.baseAddress, &received)
      if received.count > 0 { unsafe passed += room.prefix(Int(received.count)) }
      return result
    }
    isTruncated = received.is_truncated != 0
    return CallResult(value: result)
  }

  /// Sends two pieces as one.
  func send(
    _ descriptor: Int32, _ first: UnsafeRawBufferPointer, _ second: UnsafeRawBufferPointer
  ) -> CallResult {
    var firstCount = first.count
    var secondCount = second.count
    if let faults {
      if let fault = faults.next(.send) { return CallResult(value: -Int(fault)) }
      if let limit = faults.nextSendLimit() {
        guard limit > 0 else { return CallResult(value: -Int(Errno.wouldBlock)) }
        firstCount = min(firstCount, limit)
        secondCount = min(secondCount, limit - firstCount)
      }
    }
    return unsafe CallResult(
      value: clinux_send(
        descriptor, first.baseAddress, firstCount, second.baseAddress, secondCount))
  }

  /// Starts to watch a descriptor.
  func watch(
    _ epoll: Epoll, _ descriptor: Int32, _ interest: Epoll.Readiness, _ token: EventToken
  ) -> CallResult {
    if let fault = faults?.next(.watch) { return CallResult(value: -Int(fault)) }
    return CallResult(value: Int(epoll.add(descriptor, interest, token)))
  }

  /// Waits for events; none when a signal has ended the wait.
  func wait(_ epoll: Epoll, milliseconds: Int32) -> Int {
    if faults?.next(.wait) != nil { return 0 }
    return epoll.wait(milliseconds: milliseconds)
  }

  /// Whether bytes have arrived that were not received yet.
  func hasUnreadBytes(_ descriptor: Int32) -> Bool { clinux_unread_bytes(descriptor) > 0 }

  func shutdownWriting(_ descriptor: Int32) { _ = clinux_shutdown_writing(descriptor) }

  /// Ends both directions.
  func shutdown(_ descriptor: Int32) { _ = clinux_shutdown(descriptor) }

  /// Lets `close` reset the connection and drop what was not sent.
  func dropUnsent(_ descriptor: Int32) { _ = clinux_drop_unsent(descriptor) }

  func close(_ descriptor: Int32) { _ = clinux_close(descriptor) }

  /// A descriptor kept to be given up when there are no others.
  func openReserve() -> Int32 { clinux_open_reserve() }
}
