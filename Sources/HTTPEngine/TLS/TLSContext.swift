internal import COpenSSLShim

/// What the sessions of a TLS listener share: certificates, rules and ticket keys.
///
/// Safety: the handle and what its callbacks point to are made here and freed in `deinit`, and
/// every session holds its context.
@safe
final class TLSContext: @unchecked Sendable {
  // @unchecked Sendable: nothing changes after init, OpenSSL counts references atomically, and the
  // ticket keys have a lock.

  /// TLS 1.2 with forward secrecy and authenticated encryption only.
  ///
  /// AES before ChaCha20, except for clients that ask for it because they lack AES instructions.
  private static let ciphers12 = [
    "ECDHE-ECDSA-AES128-GCM-SHA256", "ECDHE-RSA-AES128-GCM-SHA256",
    "ECDHE-ECDSA-AES256-GCM-SHA384", "ECDHE-RSA-AES256-GCM-SHA384",
    "ECDHE-ECDSA-CHACHA20-POLY1305", "ECDHE-RSA-CHACHA20-POLY1305",
  ].joined(separator: ":")
  private static let ciphers13 =
    "TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256"
  private static let groups = "X25519:P-256:P-384"

  let handle: OpaquePointer
  private let callbacks: UnsafeMutablePointer<copenssl_callbacks>
  private let keys: TicketKeys

  /// Reads the certificates and keys.
  ///
  /// - Parameters:
  ///   - configuration: What to read.
  ///   - protocols: What ALPN offers, most wanted first.
  /// - Throws: ``HTTPEngineError`` with the codes that speak of certificates and keys.
  init(
    _ configuration: TLSConfiguration, protocols: [ApplicationProtocol]
  ) throws(HTTPEngineError) {
    keys = TicketKeys(lifetime: configuration.ticketLifetime)
    unsafe callbacks = .allocate(capacity: 1)
    unsafe callbacks.initialize(to: Self.callbacks(keys, protocols))
    guard let made = unsafe Self.makeHandle(configuration, callbacks) else {
      unsafe callbacks.deallocate()
      throw HTTPEngineError(.unusableTLSSettings)
    }
    do throws(HTTPEngineError) {
      try unsafe Self.load(configuration, into: made)
    } catch {
      unsafe SSL_CTX_free(made)
      unsafe callbacks.deallocate()
      throw error
    }
    unsafe handle = made
  }

  deinit {
    unsafe SSL_CTX_free(handle)
    unsafe callbacks.deallocate()
  }

  private static func callbacks(
    _ keys: TicketKeys, _ protocols: [ApplicationProtocol]
  ) -> copenssl_callbacks {
    var callbacks = unsafe copenssl_callbacks()
    // Not retained: the context that owns the callbacks also owns the keys.
    unsafe callbacks.owner = Unmanaged.passUnretained(keys).toOpaque()
    unsafe callbacks.ticket_source = TicketKeys.source
    let names = protocols.flatMap(\.names).flatMap { [UInt8($0.utf8.count)] + Array($0.utf8) }
    precondition(names.count <= 32, "there are two protocols, with three names")
    unsafe callbacks.protocols_count = UInt32(names.count)
    unsafe withUnsafeMutableBytes(of: &callbacks.protocols) { unsafe $0.copyBytes(from: names) }
    return unsafe callbacks
  }

  private static func makeHandle(
    _ configuration: TLSConfiguration, _ callbacks: UnsafeMutablePointer<copenssl_callbacks>
  ) -> OpaquePointer? {
    let seconds = max(1, configuration.ticketLifetime.components.seconds)
    // The texts live for the length of the call, which copies what it needs.
    return unsafe ciphers12.withCString { ciphers12 in
      unsafe ciphers13.withCString { ciphers13 in
        unsafe groups.withCString { groups in
          var settings = unsafe copenssl_settings(
            minimum_version: configuration.minimumVersion.number, ciphers12: ciphers12,
            ciphers13: ciphers13, groups: groups,
            issues_tickets: configuration.issuesTickets ? 1 : 0, ticket_seconds: Int(seconds))
          return unsafe copenssl_server_context(&settings, callbacks)
        }
      }
    }
  }

  private static func load(
    _ configuration: TLSConfiguration, into handle: OpaquePointer
  ) throws(HTTPEngineError) {
    guard !configuration.identities.isEmpty else { throw HTTPEngineError(.unusableTLSSettings) }
    for identity in configuration.identities {
      let result = unsafe copenssl_add_pair(handle, identity.certificateFile, identity.keyFile)
      switch result {
      case COPENSSL_PAIR_OK: break
      case COPENSSL_PAIR_BAD_CERTIFICATE:
        throw HTTPEngineError(.unusableCertificate, file: identity.certificateFile)
      case COPENSSL_PAIR_MISMATCH:
        throw HTTPEngineError(.keyMismatch, file: identity.keyFile)
      default: throw HTTPEngineError(.unusableKey, file: identity.keyFile)
      }
    }
    switch configuration.clientAuthentication {
    case .none: break
    case .optional(let file): try unsafe ask(handle, authorities: file, isRequired: false)
    case .required(let file): try unsafe ask(handle, authorities: file, isRequired: true)
    }
  }

  private static func ask(
    _ handle: OpaquePointer, authorities file: String, isRequired: Bool
  ) throws(HTTPEngineError) {
    guard unsafe copenssl_ask_for_client_certificate(handle, file, isRequired ? 1 : 0) == 1 else {
      throw HTTPEngineError(.unusableClientAuthorities, file: file)
    }
  }
}

extension TLSVersion {
  /// The number that stands in the protocol.
  var number: Int32 {
    switch self {
    case .tls12: 0x0303
    case .tls13: 0x0304
    }
  }

  init?(number: Int32) {
    guard let version = TLSVersion.allCases.first(where: { $0.number == number }) else {
      return nil
    }
    self = version
  }
}
