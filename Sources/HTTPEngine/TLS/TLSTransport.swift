/// TLS over a socket, for a loop: moves ciphertext between the two.
///
/// Plaintext counts as sent when the kernel has all of its ciphertext, so a sender that is told
/// "not yet" keeps its place exactly as on a plain socket. What the kernel does not take at once is
/// kept here, encrypted, and nothing more is encrypted before it is gone.
final class TLSTransport {
  /// What came of an attempt to go on with the handshake.
  enum HandshakeStep: Equatable {
    case blocked
    case finished
    case failed(TLSFailure)
  }

  /// The most plaintext that is encrypted before the ciphertext is sent.
  private static let mostAhead = 256 << 10
  /// The most ciphertext of the session's own that waits: only a client that makes the server talk
  /// without listening gets there.
  private static let mostUnsent = 64 << 10

  private let slot: TLSContextSlot
  private let context: TLSContext
  private let scratch: TLSScratch
  /// Up to which exchange of the slot's context the client is known to be welcome.
  private var trustedUntil: Int
  /// Made with the client's first bytes: who only connects costs no memory.
  private var session: TLSSession?
  private var unsent: [UInt8] = []
  private var unsentUsed = 0
  /// Plaintext whose ciphertext is in `unsent`.
  private var ahead = 0
  /// Plaintext that has gone and is not reported yet.
  private var gone = 0
  private var isBroken = false

  init(slot: TLSContextSlot, scratch: TLSScratch) {
    self.slot = slot
    self.scratch = scratch
    // In this order: an exchange in between makes the client be looked at once more.
    trustedUntil = slot.exchanges
    context = slot.current
  }

  /// Whether the client would still be let in: its authority may have been taken away meanwhile.
  func isStillTrusted() -> Bool {
    let exchanges = slot.exchanges
    guard exchanges != trustedUntil else { return true }
    guard let session, session.isTrusted(by: slot.current) else { return false }
    trustedUntil = exchanges
    return true
  }

  var isHandshaking: Bool { session?.isHandshaking ?? true }

  /// What the handshake has agreed on; nil before its end.
  var security: ConnectionSecurity? { isHandshaking ? nil : session?.security }

  private(set) var negotiatedProtocol: ApplicationProtocol?

  // MARK: Handshake

  /// Reads once and answers.
  func handshake(_ descriptor: Int32, _ calls: SystemCalls) -> HandshakeStep {
    let buffer = unsafe scratch.ciphertext.memory
    let result = unsafe calls.receive(descriptor, into: buffer)
    if let errno = result.errno {
      return errno == Errno.wouldBlock ? .blocked : .failed(.disconnected)
    }
    guard result.value > 0 else { return .failed(.disconnected) }
    let bytes = unsafe UnsafeRawBufferPointer(rebasing: buffer[..<result.value])
    if session == nil {
      if let first = unsafe bytes.first, PlaintextAnswer.isHTTP(first) {
        answerPlaintext(descriptor, calls)
        return .failed(.plaintext)
      }
      session = TLSSession(accepting: context, channel: scratch.channel)
    }
    guard let session else { return .failed(.outOfMemory) }
    unsafe session.handshake(bytes)
    let isSent = sendOutput(descriptor, calls)
    switch session.state {
    case .failed(let failure): return .failed(failure)
    case .handshaking: return isSent ? .blocked : .failed(.disconnected)
    case .open, .ended:
      negotiatedProtocol = session.applicationProtocol
      return .finished
    }
  }

  private func answerPlaintext(_ descriptor: Int32, _ calls: SystemCalls) {
    isBroken = true
    // A nicety: if the socket does not take it, the client sees the end alone.
    unsafe PlaintextAnswer.bytes.withUnsafeBytes {
      _ = unsafe calls.send(descriptor, $0, UnsafeRawBufferPointer(start: nil, count: 0))
    }
  }

  // MARK: Input

  /// Bytes, or the end, can be had without an event.
  var hasBufferedInput: Bool { session?.hasInput ?? false }

  /// Decrypts what is held, or else what one read of the socket brings.
  func receive(
    _ descriptor: Int32, into memory: UnsafeMutableRawBufferPointer, _ calls: SystemCalls
  ) -> CallResult {
    guard let session, !isBroken else { return CallResult(value: -Int(Errno.protocolError)) }
    let nothing = unsafe UnsafeRawBufferPointer(start: nil, count: 0)
    guard !session.hasInput else {
      let count = unsafe session.receive(nothing, into: memory)
      return outcome(count, session, descriptor, calls)
    }
    // No more than will fit once it is decrypted, so that next to nothing has to be held.
    let ciphertext = unsafe scratch.ciphertext.memory
    let wanted = min(ciphertext.count, memory.count + memory.count / 256 + 1024)
    let buffer = unsafe UnsafeMutableRawBufferPointer(rebasing: ciphertext[..<wanted])
    let result = unsafe calls.receive(descriptor, into: buffer)
    guard result.value > 0 else { return result }
    let count = unsafe session.receive(
      UnsafeRawBufferPointer(rebasing: buffer[..<result.value]), into: memory)
    return outcome(count, session, descriptor, calls)
  }

  private func outcome(
    _ count: Int, _ session: TLSSession, _ descriptor: Int32, _ calls: SystemCalls
  ) -> CallResult {
    // Alerts, key updates: rare, but they must not wait for an answer.
    let isSent = sendOutput(descriptor, calls)
    guard count == 0 else { return CallResult(value: count) }
    switch session.state {
    case .ended: return CallResult(value: 0)
    case .failed:
      isBroken = true
      return CallResult(value: -Int(Errno.protocolError))
    case .open, .handshaking:
      return CallResult(value: -Int(isSent ? Errno.wouldBlock : Errno.brokenPipe))
    }
  }

  // MARK: Output

  /// The session has something to say that no plaintext stands behind.
  var hasUnsentOutput: Bool { !unsent.isEmpty && ahead == 0 && gone == 0 }

  /// Encrypts and sends; see ``Transport`` for what the result means.
  func send(
    _ descriptor: Int32, _ first: UnsafeRawBufferPointer, _ second: UnsafeRawBufferPointer,
    _ calls: SystemCalls
  ) -> CallResult {
    guard let session, !isBroken else { return CallResult(value: -Int(Errno.brokenPipe)) }
    if let errno = sendUnsent(descriptor, calls).errno, gone == 0 {
      return CallResult(value: -Int(errno))
    }
    guard gone == 0 else { return report() }
    let ofFirst = min(first.count, Self.mostAhead)
    let ofSecond = min(second.count, Self.mostAhead - ofFirst)
    guard unsafe session.send(UnsafeRawBufferPointer(rebasing: first[..<ofFirst])),
      unsafe session.send(UnsafeRawBufferPointer(rebasing: second[..<ofSecond]))
    else { return CallResult(value: -Int(Errno.brokenPipe)) }
    ahead = ofFirst + ofSecond
    guard sendOutput(descriptor, calls) else { return CallResult(value: -Int(Errno.brokenPipe)) }
    if gone == 0, ahead > 0 { return CallResult(value: -Int(Errno.wouldBlock)) }
    return report()
  }

  private func report() -> CallResult {
    defer { gone = 0 }
    return CallResult(value: gone)
  }

  /// Sends what the kernel did not take before; an error number when it still does not.
  func sendUnsent(_ descriptor: Int32, _ calls: SystemCalls) -> CallResult {
    while !unsent.isEmpty {
      let result = unsafe unsent.withUnsafeBytes { bytes in
        unsafe calls.send(
          descriptor, UnsafeRawBufferPointer(rebasing: bytes[unsentUsed...]),
          UnsafeRawBufferPointer(start: nil, count: 0))
      }
      guard result.errno == nil else { return result }
      note(sent: result.value, of: unsent.count - unsentUsed)
      unsentUsed += result.value
      if unsentUsed == unsent.count {
        unsent = []
        unsentUsed = 0
      }
    }
    return CallResult(value: 0)
  }

  /// Sends what the session has just written, behind what waits; false when the socket is broken.
  private func sendOutput(_ descriptor: Int32, _ calls: SystemCalls) -> Bool {
    let output = unsafe scratch.channel.output
    guard output.count > 0 else { return true }
    defer { scratch.channel.clear() }
    var used = 0
    if unsent.isEmpty {
      while used < output.count {
        let result = unsafe calls.send(
          descriptor, UnsafeRawBufferPointer(rebasing: output[used...]),
          UnsafeRawBufferPointer(start: nil, count: 0))
        if let errno = result.errno {
          guard errno == Errno.wouldBlock else { return false }
          break
        }
        note(sent: result.value, of: output.count - used)
        used += result.value
      }
    }
    guard used < output.count else { return true }
    unsafe unsent.append(contentsOf: output[used...])
    return ahead > 0 || unsent.count - unsentUsed <= Self.mostUnsent
  }

  /// Ciphertext has gone: a like share of the plaintext behind it counts as sent.
  private func note(sent: Int, of total: Int) {
    guard ahead > 0 else { return }
    let share = sent == total ? ahead : ahead * sent / total
    ahead -= share
    gone += share
  }

  // MARK: The end

  /// Sends close_notify; false when the socket has to take more before it can go.
  func finishSending(_ descriptor: Int32, _ calls: SystemCalls) -> Bool {
    if !isBroken, let session {
      session.finish()
      _ = sendOutput(descriptor, calls)
    }
    guard let errno = sendUnsent(descriptor, calls).errno else { return true }
    return errno != Errno.wouldBlock
  }
}
