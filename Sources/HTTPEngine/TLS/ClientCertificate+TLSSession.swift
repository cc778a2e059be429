internal import COpenSSLShim

extension ClientCertificate {
  private static var mostNames: Int { 8 }

  /// Reads the certificate that a session's peer has shown and OpenSSL has verified.
  ///
  /// Safety: `session` is a live SSL; the certificate is held until its parts are copied.
  init?(verifiedBy session: OpaquePointer) {
    guard unsafe SSL_get_verify_result(session) == Int(X509_V_OK),
      let certificate = unsafe SSL_get1_peer_certificate(session)
    else { return nil }
    defer { unsafe X509_free(certificate) }
    guard let fingerprint = unsafe Self.fingerprint(certificate) else { return nil }
    unsafe self.init(
      commonName: Self.commonName(certificate), alternativeNames: Self.names(certificate),
      fingerprint: fingerprint)
  }

  private static func commonName(_ certificate: OpaquePointer) -> String? {
    var text = [UInt8](repeating: 0, count: 256)
    let count = unsafe text.withUnsafeMutableBytes { buffer in
      unsafe copenssl_common_name(
        certificate, buffer.baseAddress?.assumingMemoryBound(to: CChar.self), buffer.count)
    }
    return printable(text[..<count])
  }

  private static func names(_ certificate: OpaquePointer) -> [Name] {
    var names: [Name] = []
    // The list outlives the visit, which is over when the call returns.
    unsafe withUnsafeMutablePointer(to: &names) { names in
      unsafe copenssl_visit_names(certificate, names) { context, kind, text, count in
        guard let context = unsafe context, let text = unsafe text else { return 1 }
        let names = unsafe context.assumingMemoryBound(to: [Name].self)
        let bytes = unsafe UnsafeBufferPointer(start: text, count: count)
        guard let value = unsafe ClientCertificate.printable(bytes) else { return 1 }
        switch kind {
        case COPENSSL_NAME_DNS: unsafe names.pointee.append(.dns(value))
        case COPENSSL_NAME_EMAIL: unsafe names.pointee.append(.email(value))
        default: unsafe names.pointee.append(.uri(value))
        }
        return unsafe names.pointee.count < ClientCertificate.mostNames ? 1 : 0
      }
    }
    return names
  }

  /// Text that can be compared and logged without surprises: a zero byte in the middle has fooled
  /// others (CVE-2009-2408).
  private static func printable(_ bytes: some Collection<UInt8>) -> String? {
    guard !bytes.isEmpty, bytes.count <= 256, bytes.allSatisfy({ $0 >= 0x20 && $0 != 0x7F })
    else { return nil }
    return String(validating: bytes, as: UTF8.self)
  }

  private static func fingerprint(_ certificate: OpaquePointer) -> String? {
    var digest = [UInt8](repeating: 0, count: Int(EVP_MAX_MD_SIZE))
    var count: UInt32 = 0
    guard unsafe X509_digest(certificate, EVP_sha256(), &digest, &count) == 1 else { return nil }
    let digits = Array("0123456789abcdef".utf8)
    let text = digest.prefix(Int(count)).flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }
    return String(decoding: text, as: UTF8.self)
  }
}
