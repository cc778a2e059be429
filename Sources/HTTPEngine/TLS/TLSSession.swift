internal import COpenSSLShim

/// One TLS connection as a state machine: ciphertext in, plaintext out, and the reverse.
///
/// No socket and no clock. Ciphertext to send appears in the channel; whoever calls a method takes
/// it from there before the channel's next session is used.
///
/// Safety: the handle is made before and freed in `deinit`; pointers are lent for one call.
@safe
final class TLSSession {
  /// How far the session is.
  enum State: Equatable {
    case handshaking
    case open
    /// The peer has said that nothing more will come.
    case ended
    case failed(TLSFailure)
  }

  private let handle: OpaquePointer
  private let context: TLSContext?
  let channel: TLSChannel
  private(set) var state = State.handshaking
  private var hasSentEnd = false
  /// Ciphertext that came with more plaintext than there was room for.
  private var held: [UInt8] = []

  /// Waits for a client; nil without memory.
  init?(accepting context: TLSContext, channel: TLSChannel) {
    guard let made = unsafe copenssl_accepting_session(context.handle, channel.handle) else {
      return nil
    }
    unsafe handle = made
    self.context = context
    self.channel = channel
  }

  /// Takes over a session that uses the channel.
  init(adopting handle: OpaquePointer, channel: TLSChannel) {
    unsafe self.handle = handle
    context = nil
    self.channel = channel
  }

  deinit { unsafe SSL_free(handle) }

  // MARK: Input

  /// Goes on with the handshake; look at `state` afterwards.
  func handshake(_ ciphertext: UnsafeRawBufferPointer) {
    guard state == .handshaking else { return }
    forgetOldErrors()
    unsafe channel.lend(ciphertext)
    let result = unsafe SSL_do_handshake(handle)
    if result == 1 { state = .open } else { note(result) }
    keepUnread()
  }

  /// Decrypts; returns the number of bytes of plaintext.
  ///
  /// What does not fit stays here: `hasInput` says so, and a call without ciphertext gets it.
  func receive(
    _ ciphertext: UnsafeRawBufferPointer, into plaintext: UnsafeMutableRawBufferPointer
  ) -> Int {
    guard state == .open else { return 0 }
    forgetOldErrors()
    guard !held.isEmpty else {
      unsafe channel.lend(ciphertext)
      let count = unsafe read(into: plaintext)
      keepUnread()
      return count
    }
    unsafe held.append(contentsOf: ciphertext)
    var bytes: [UInt8] = []
    swap(&bytes, &held)
    return unsafe bytes.withUnsafeBytes { bytes in
      unsafe channel.lend(bytes)
      let count = unsafe read(into: plaintext)
      keepUnread()
      return count
    }
  }

  /// Whether `receive` could give something without new ciphertext.
  var hasInput: Bool {
    switch state {
    case .handshaking: false
    case .open: unsafe SSL_pending(handle) > 0 || !held.isEmpty
    // The end has to be told.
    case .ended, .failed: true
    }
  }

  var isHandshaking: Bool { state == .handshaking }

  private func read(into plaintext: UnsafeMutableRawBufferPointer) -> Int {
    var filled = 0
    while filled < plaintext.count {
      let room = unsafe UnsafeMutableRawBufferPointer(rebasing: plaintext[filled...])
      let result = unsafe SSL_read(handle, room.baseAddress, Int32(clamping: room.count))
      guard result > 0 else {
        note(result)
        break
      }
      filled += Int(result)
      // Asking once more would only say that there is nothing.
      if unsafe channel.unread.isEmpty, unsafe SSL_pending(handle) == 0 { break }
    }
    return filled
  }

  private func keepUnread() {
    let unread = unsafe channel.unread
    if unsafe !unread.isEmpty { unsafe held.append(contentsOf: unread) }
    channel.takeBack()
  }

  // MARK: Output

  /// Encrypts all of it; false when the session has failed.
  func send(_ plaintext: UnsafeRawBufferPointer) -> Bool {
    guard state == .open || state == .ended else { return false }
    forgetOldErrors()
    var taken = 0
    while taken < plaintext.count {
      let rest = unsafe UnsafeRawBufferPointer(rebasing: plaintext[taken...])
      let result = unsafe SSL_write(handle, rest.baseAddress, Int32(clamping: rest.count))
      guard result > 0 else {
        // The channel always takes what is written, so this is no matter of waiting.
        state = .failed(.protocolViolation)
        return false
      }
      taken += Int(result)
    }
    return true
  }

  /// Says that nothing more will come (close_notify), once.
  func finish() {
    guard state == .open || state == .ended, !hasSentEnd else { return }
    hasSentEnd = true
    forgetOldErrors()
    _ = unsafe SSL_shutdown(handle)
  }

  // MARK: Errors

  /// The thread's error queue may hold what others have left there, which would count as ours.
  private func forgetOldErrors() { if ERR_peek_error() != 0 { ERR_clear_error() } }

  private func note(_ result: Int32) {
    switch unsafe SSL_get_error(handle, result) {
    case SSL_ERROR_WANT_READ, SSL_ERROR_WANT_WRITE: break
    case SSL_ERROR_ZERO_RETURN: state = .ended
    default:
      state = .failed(TLSFailure(reason: ERR_GET_REASON(ERR_peek_error())))
      ERR_clear_error()
    }
  }
}

extension TLSSession {
  /// What the handshake has agreed on.
  var security: ConnectionSecurity {
    // The names are constants of OpenSSL's; each is copied at once.
    let cipher = unsafe SSL_get_current_cipher(handle).flatMap { unsafe SSL_CIPHER_get_name($0) }
    return ConnectionSecurity(
      version: unsafe TLSVersion(number: SSL_version(handle)) ?? .tls12,
      cipher: unsafe cipher.map { unsafe String(cString: $0) } ?? "",
      applicationProtocol: applicationProtocol,
      isResumed: unsafe SSL_session_reused(handle) == 1,
      client: unsafe ClientCertificate(verifiedBy: handle))
  }

  /// Whether the client would be let in by another context, as far as its certificate goes.
  func isTrusted(by context: TLSContext) -> Bool {
    // Both handles live as long as their objects.
    unsafe copenssl_is_trusted(handle, context.handle) == 1
  }

  /// What ALPN has chosen; nil if the client did not ask.
  var applicationProtocol: ApplicationProtocol? {
    var name: UnsafePointer<UInt8>?
    var count: UInt32 = 0
    // The name lives as long as the session and is copied at once.
    unsafe SSL_get0_alpn_selected(handle, &name, &count)
    guard let name = unsafe name else { return nil }
    let bytes = unsafe UnsafeBufferPointer(start: name, count: Int(count))
    return unsafe ApplicationProtocol(name: String(decoding: bytes, as: UTF8.self))
  }
}
