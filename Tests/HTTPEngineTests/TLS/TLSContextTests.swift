import Testing

@testable import HTTPEngine

@Suite struct TLSContextTests {
  private func path(_ file: String) throws -> String {
    try #require(TestCertificates.shared).path(file)
  }

  private func code(_ configuration: TLSConfiguration) -> HTTPEngineError.Code? {
    do throws(HTTPEngineError) {
      _ = try TLSContext(configuration, protocols: [.http2, .http1])
      return nil
    } catch {
      return error.code
    }
  }

  @Test(arguments: [
    ("server.pem", "server.key", HTTPEngineError.Code?.none),
    ("rsa.pem", "rsa.key", nil),
    ("absent.pem", "server.key", .unusableCertificate),
    ("broken.pem", "server.key", .unusableCertificate),
    ("server.pem", "absent.key", .unusableKey),
    ("server.pem", "broken.pem", .unusableKey),
    ("server.pem", "server2.key", .keyMismatch),
    ("server.pem", "rsa.key", .keyMismatch),
  ])
  func `says what is wrong with a certificate and its key`(
    _ certificate: String, _ key: String, _ expected: HTTPEngineError.Code?
  ) throws {
    let configuration = try TLSConfiguration(
      certificateFile: path(certificate), keyFile: path(key))
    #expect(code(configuration) == expected)
  }

  @Test func `needs a certificate, and authorities that exist`() throws {
    #expect(code(TLSConfiguration(identities: [])) == .unusableTLSSettings)
    var configuration = try TLSConfiguration.test()
    configuration.clientAuthentication = .optional(authoritiesFile: try path("broken.pem"))
    #expect(code(configuration) == .unusableClientAuthorities)
    configuration.clientAuthentication = .required(authoritiesFile: try path("absent.pem"))
    #expect(code(configuration) == .unusableClientAuthorities)
  }

  @Test func `takes a certificate for each kind of key`() throws {
    var configuration = try TLSConfiguration.test()
    configuration.identities += try TLSConfiguration.test("rsa").identities
    let context = try TLSContext(configuration, protocols: [])
    for (cipher, expected) in [("ECDHE+aRSA+AESGCM", "RSA"), ("ECDHE+aECDSA+AESGCM", "ECDSA")] {
      let server = try TLSPeer(server: context)
      let client = try TLSPeer(
        client: TLSClientContext(
          TLSClientOptions(versions: 0x0303...0x0303, ciphers12: cipher)))
      exchange(client, server)
      #expect(server.session.security.cipher.contains("-\(expected)-"))
    }
  }
}
