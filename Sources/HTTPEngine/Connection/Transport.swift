/// What carries a connection's bytes; the loop and the protocols above see plaintext only.
///
/// Results are those of the system calls: a count, or a negated error number. A receive of 0 is
/// the end of the client's bytes. A send that returns `Errno.wouldBlock` or fewer bytes than it was
/// given must be repeated with the rest, the same bytes in the same order, once the descriptor
/// takes output again.
struct Transport {
  let descriptor: Int32

  /// Reads plaintext.
  func receive(
    into memory: UnsafeMutableRawBufferPointer, with calls: SystemCalls
  ) -> CallResult {
    unsafe calls.receive(descriptor, into: memory)
  }

  /// Sends two pieces as one.
  func send(
    _ first: UnsafeRawBufferPointer, _ second: UnsafeRawBufferPointer, with calls: SystemCalls
  ) -> CallResult {
    unsafe calls.send(descriptor, first, second)
  }

  /// Bytes are here that no event of the descriptor will announce.
  var hasBufferedInput: Bool { false }

  /// Bytes of the transport's own wait for the descriptor to take output.
  var hasUnsentOutput: Bool { false }

  /// What the client and the listener agreed on; nil when nothing was negotiated.
  var negotiatedProtocol: ApplicationProtocol? { nil }

  /// Sends what the transport itself has to say; an error number when it cannot.
  func flush(with calls: SystemCalls) -> CallResult { CallResult(value: 0) }

  /// Tells the client that nothing more will come, and half-closes the connection.
  ///
  /// - Returns: False when the descriptor has to take output first; then this is called again.
  func finishSending(with calls: SystemCalls) -> Bool {
    calls.shutdownWriting(descriptor)
    return true
  }

  /// Whether bytes have arrived that were not received yet, here or in the kernel.
  func hasUnreadBytes(with calls: SystemCalls) -> Bool {
    hasBufferedInput || calls.hasUnreadBytes(descriptor)
  }
}
