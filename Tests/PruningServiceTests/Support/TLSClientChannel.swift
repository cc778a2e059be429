import COpenSSL
import TestSupport

/// The client's end of TLS over a blocking socket.
///
/// Safety: both handles are made in `init` and freed in `deinit`; each call passes the bytes of an
/// array that lives across it.
@safe final class TLSClientChannel: ServiceChannel {
  /// The handshake failed.
  struct HandshakeFailed: Error {}

  private let context: OpaquePointer
  private let session: OpaquePointer

  /// Shakes hands; `client` is the name of the certificate to show.
  init(_ socket: Int32, _ certificates: ServiceCertificates, client: String? = nil) throws {
    guard let context = unsafe SSL_CTX_new(TLS_client_method()) else { throw HandshakeFailed() }
    unsafe SSL_CTX_set_verify(context, SSL_VERIFY_PEER, nil)
    unsafe SSL_CTX_load_verify_locations(context, certificates.certificate("authority"), nil)
    if let client {
      let (file, key) = (certificates.certificate(client), certificates.key(client))
      unsafe SSL_CTX_use_certificate_file(context, file, SSL_FILETYPE_PEM)
      unsafe SSL_CTX_use_PrivateKey_file(context, key, SSL_FILETYPE_PEM)
    }
    guard let session = unsafe SSL_new(context) else {
      unsafe SSL_CTX_free(context)
      throw HandshakeFailed()
    }
    unsafe self.context = unsafe context
    unsafe self.session = unsafe session
    unsafe SSL_set_fd(session, socket)
    guard unsafe SSL_connect(session) == 1 else { throw HandshakeFailed() }
  }

  deinit {
    unsafe SSL_free(session)
    unsafe SSL_CTX_free(context)
  }

  func send(_ bytes: [UInt8]) -> Bool {
    unsafe SSL_write(session, bytes, Int32(bytes.count)) == Int32(bytes.count)
  }

  func receive() -> [UInt8]? {
    var chunk = [UInt8](repeating: 0, count: 1 << 14)
    let count = unsafe SSL_read(session, &chunk, Int32(chunk.count))
    return count > 0 ? Array(chunk.prefix(Int(count))) : nil
  }

  /// The SHA-256 of the server's certificate.
  var serverFingerprint: [UInt8] {
    var digest = [UInt8](repeating: 0, count: 32)
    var length: UInt32 = 0
    guard let certificate = unsafe SSL_get1_peer_certificate(session) else { return [] }
    defer { unsafe X509_free(certificate) }
    unsafe X509_digest(certificate, EVP_sha256(), &digest, &length)
    return digest
  }
}
