import COpenSSLShim
import Testing

@testable import HTTPEngine

/// How a test's client behaves.
struct TLSClientOptions {
  var versions: ClosedRange<Int32> = 0x0303...0x0304
  var ciphers12: String?
  var protocols: [ApplicationProtocol] = []
  /// Names to ask for after those.
  var otherNames: [String] = []
  /// The name of a certificate to show.
  var certificate: String?
}

/// A client's settings, for one or more connections.
///
/// Safety: made here, freed in `deinit`.
@safe
final class TLSClientContext {
  let handle: OpaquePointer

  init(_ options: TLSClientOptions = TLSClientOptions()) throws {
    let certificates = try #require(TestCertificates.shared)
    unsafe handle = try #require(SSL_CTX_new(TLS_client_method()))
    let (lowest, highest) = (Int(options.versions.lowerBound), Int(options.versions.upperBound))
    unsafe SSL_CTX_ctrl(handle, SSL_CTRL_SET_MIN_PROTO_VERSION, lowest, nil)
    unsafe SSL_CTX_ctrl(handle, SSL_CTRL_SET_MAX_PROTO_VERSION, highest, nil)
    if options.versions.lowerBound < 0x0303 { unsafe SSL_CTX_set_security_level(handle, 0) }
    if let ciphers = options.ciphers12 {
      unsafe #expect(SSL_CTX_set_cipher_list(handle, ciphers) == 1)
    }
    let authority = certificates.path("authority.pem")
    unsafe #expect(SSL_CTX_load_verify_locations(handle, authority, nil) == 1)
    unsafe SSL_CTX_set_verify(handle, SSL_VERIFY_PEER, nil)
    let asked = options.protocols.map(\.rawValue) + options.otherNames
    let names = asked.flatMap { [UInt8($0.utf8.count)] + $0.utf8 }
    if !names.isEmpty { unsafe SSL_CTX_set_alpn_protos(handle, names, UInt32(names.count)) }
    if let name = options.certificate {
      let (file, key) = (certificates.path("\(name).pem"), certificates.path("\(name).key"))
      unsafe #expect(SSL_CTX_use_certificate_file(handle, file, SSL_FILETYPE_PEM) == 1)
      unsafe #expect(SSL_CTX_use_PrivateKey_file(handle, key, SSL_FILETYPE_PEM) == 1)
    }
  }

  deinit { unsafe SSL_CTX_free(handle) }
}

/// One end of a TLS connection in memory: plaintext here, ciphertext to be carried elsewhere.
///
/// Safety: the raw handle belongs to the session that has adopted it.
@safe
final class TLSPeer {
  let session: TLSSession
  let channel = TLSChannel()
  /// The client's own handle; nil at the server's end.
  private let raw: OpaquePointer?
  private(set) var received: [UInt8] = []

  init(server context: TLSContext) throws {
    session = try #require(TLSSession(accepting: context, channel: channel))
    unsafe raw = nil
  }

  init(client context: TLSClientContext, resuming ticket: TLSTicket? = nil) throws {
    let made = unsafe try #require(copenssl_connecting_session(context.handle, channel.handle))
    if let ticket { unsafe #expect(SSL_set_session(made, ticket.handle) == 1) }
    unsafe raw = made
    unsafe session = TLSSession(adopting: made, channel: channel)
  }

  /// What this end has to send.
  func takeOutput() -> [UInt8] {
    defer { channel.clear() }
    return unsafe [UInt8](channel.output)
  }

  /// Takes what the other end has sent: handshakes, or decrypts into memory of `room` bytes at once.
  func take(_ ciphertext: [UInt8], room: Int = 65536) {
    unsafe ciphertext.withUnsafeBytes { bytes in
      guard session.isHandshaking else {
        unsafe decrypt(bytes, room)
        return
      }
      unsafe session.handshake(bytes)
    }
    while session.state == .open, session.hasInput {
      unsafe decrypt(UnsafeRawBufferPointer(start: nil, count: 0), room)
    }
  }

  private func decrypt(_ bytes: UnsafeRawBufferPointer, _ room: Int) {
    var memory = [UInt8](repeating: 0, count: room)
    let count = unsafe memory.withUnsafeMutableBytes { unsafe session.receive(bytes, into: $0) }
    received += memory[..<count]
  }

  @discardableResult
  func send(_ bytes: [UInt8]) -> Bool {
    unsafe bytes.withUnsafeBytes { unsafe session.send($0) }
  }

  func takeReceived() -> [UInt8] {
    defer { received = [] }
    return received
  }

  /// What allows to resume this client's session.
  var ticket: TLSTicket? {
    guard let raw = unsafe raw, let session = unsafe SSL_get1_session(raw) else { return nil }
    return unsafe TLSTicket(session)
  }

  /// Asks for a new handshake (TLS 1.2).
  func renegotiate() {
    guard let raw = unsafe raw else { return }
    unsafe SSL_renegotiate(raw)
    unsafe SSL_do_handshake(raw)
    ERR_clear_error()
  }

  /// Changes keys and asks the other end to do so (TLS 1.3).
  func updateKeys() {
    guard let raw = unsafe raw else { return }
    unsafe SSL_key_update(raw, SSL_KEY_UPDATE_REQUESTED)
    unsafe SSL_do_handshake(raw)
  }
}

/// A session that a client may resume.
///
/// Safety: owns one reference.
@safe
final class TLSTicket {
  let handle: OpaquePointer

  init(_ handle: OpaquePointer) { unsafe self.handle = handle }

  deinit { unsafe SSL_SESSION_free(handle) }

  var isResumable: Bool { unsafe SSL_SESSION_is_resumable(handle) == 1 }
}

/// Carries ciphertext between both ends until neither has anything to say.
func exchange(_ client: TLSPeer, _ server: TLSPeer, room: Int = 65536) {
  client.take([])
  while true {
    let toServer = client.takeOutput()
    let toClient = server.takeOutput()
    guard !toServer.isEmpty || !toClient.isEmpty else { return }
    if !toServer.isEmpty { server.take(toServer, room: room) }
    if !toClient.isEmpty { client.take(toClient) }
  }
}

extension TLSConfiguration {
  /// A configuration with the test authority's certificate of that name.
  static func test(_ name: String = "server") throws -> TLSConfiguration {
    let certificates = try #require(TestCertificates.shared)
    return TLSConfiguration(
      certificateFile: certificates.path("\(name).pem"), keyFile: certificates.path("\(name).key"))
  }
}
