/// What carries a connection's bytes; the loop and the protocols above see plaintext only.
///
/// Results are those of the system calls: a count, or a negated error number. A receive of 0 is
/// the end of the client's bytes. A send that returns `Errno.wouldBlock` or fewer bytes than it was
/// given must be repeated with the rest, the same bytes in the same order, once the descriptor
/// takes output again.
struct Transport {
  let descriptor: Int32
  /// The encryption; nil on a plain socket.
  let tls: TLSTransport?

  init(descriptor: Int32, tls: TLSTransport? = nil) {
    self.descriptor = descriptor
    self.tls = tls
  }

  /// Reads plaintext.
  @inline(__always)
  func receive(
    into memory: UnsafeMutableRawBufferPointer, with calls: SystemCalls
  ) -> CallResult {
    guard let tls else { return unsafe calls.receive(descriptor, into: memory) }
    return unsafe tls.receive(descriptor, into: memory, calls)
  }

  /// Sends two pieces as one.
  @inline(__always)
  func send(
    _ first: UnsafeRawBufferPointer, _ second: UnsafeRawBufferPointer, with calls: SystemCalls
  ) -> CallResult {
    guard let tls else { return unsafe calls.send(descriptor, first, second) }
    return unsafe tls.send(descriptor, first, second, calls)
  }

  /// Plaintext cannot be exchanged yet.
  var isHandshaking: Bool { tls?.isHandshaking ?? false }

  /// Bytes are here that no event of the descriptor will announce.
  var hasBufferedInput: Bool { tls?.hasBufferedInput ?? false }

  /// Bytes of the transport's own wait for the descriptor to take output.
  var hasUnsentOutput: Bool { tls?.hasUnsentOutput ?? false }

  /// What the client and the listener agreed on; nil when nothing was negotiated.
  var negotiatedProtocol: ApplicationProtocol? { tls?.negotiatedProtocol }

  /// Whether the client would be let in if it came now; always so without encryption.
  func isStillTrusted() -> Bool { tls?.isStillTrusted() ?? true }

  /// Sends what the transport itself has to say; an error number when it cannot.
  func flush(with calls: SystemCalls) -> CallResult {
    tls?.sendUnsent(descriptor, calls) ?? CallResult(value: 0)
  }

  /// Tells the client that nothing more will come, and half-closes the connection.
  ///
  /// - Returns: False when the descriptor has to take output first; then this is called again.
  func finishSending(with calls: SystemCalls) -> Bool {
    if let tls {
      guard tls.finishSending(descriptor, calls) else { return false }
    }
    calls.shutdownWriting(descriptor)
    return true
  }

  /// Tells the client what can be told before the descriptor is closed.
  func sayFarewell(with calls: SystemCalls) { _ = tls?.finishSending(descriptor, calls) }

  /// Whether bytes have arrived that were not received yet, here or in the kernel.
  func hasUnreadBytes(with calls: SystemCalls) -> Bool {
    hasBufferedInput || calls.hasUnreadBytes(descriptor)
  }
}
