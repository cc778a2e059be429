import Telemetry
import TestSupport
import Testing

@testable import PruningService

/// Client certificates and certificate reload against a running service.
@Suite struct CertificateAccessTests {
  private let certificates: ServiceCertificates

  init() throws {
    certificates = try ServiceCertificates()
    try certificates.make("gateway", extensions: ["subjectAltName=URI:spiffe://cluster/gw"])
    try certificates.make("stranger", extensions: [])
  }

  private func service(keys: String?, auth: String = "optional") throws -> LoopbackService {
    try LoopbackService {
      $0.apiKeys = keys
      $0.adminPort = 0
      $0.tlsPort = 0
      $0.tlsCertificate = certificates.certificate("server")
      $0.tlsKey = certificates.key("server")
      $0.tlsClientCA = certificates.certificate("authority")
      $0.tlsClientAuth = auth
    }
  }

  private func status(
    _ service: LoopbackService, client: String?, _ fields: [(String, String)] = []
  ) throws -> Int {
    try service.connect(over: certificates, client: client)
      .exchange("GET", "/info", fields: fields).status
  }

  @Test(arguments: ["gateway", "spiffe://cluster/gw"])
  func `a client certificate is a client by any of its names`(name: String) throws {
    let key = APIKey()
    let file = try ScratchFile(
      "[[client]]\nname = \"mesh\"\nscopes = [\"read\"]\ncertificate = \"\(name)\"\n"
        + key.entry(name: "ci", scopes: [.read]), name: "keys.toml")
    let service = try withExtendedLifetime(file) { try self.service(keys: file.path) }
    #expect(try status(service, client: "gateway") == 200)
    #expect(try status(service, client: "stranger") == 401)
    #expect(try status(service, client: nil) == 401)
    #expect(try status(service, client: nil, [("X-Api-Key", key.text)]) == 200)
    #expect(try status(service, client: "stranger", [("X-Api-Key", key.text)]) == 200)
    #expect(try status(service, client: "gateway", [("X-Api-Key", "wrong")]) == 401)
    let clients = service.records.all.compactMap { record -> LogValue? in
      record.fields.first { $0.key == "client" }?.value
    }
    #expect(clients.first == LogValue.string("certificate:mesh"))
  }

  @Test func `a required certificate keeps everyone else out of TLS`() throws {
    let service = try self.service(keys: nil, auth: "required")
    #expect(try status(service, client: "gateway") == 200)
    #expect(throws: (any Error).self) { try status(service, client: nil) }
  }

  /// What the server shows to a new client.
  private func shown(_ service: LoopbackService) throws -> [UInt8] {
    let connection = try ServiceConnection(port: service.tlsPort)
    var fingerprint: [UInt8] = []
    try connection.wrap {
      let channel = try TLSClientChannel($0, certificates, client: "gateway")
      fingerprint = channel.serverFingerprint
      return channel
    }
    return fingerprint
  }

  @Test func `SIGHUP exchanges the certificate and drops no connection`() throws {
    let service = try self.service(keys: nil)
    let open = try service.connect(over: certificates, client: "gateway")
    #expect(try open.exchange("GET", "/readyz").status == 200)
    let before = try shown(service)
    try certificates.make("server2", extensions: ["subjectAltName=DNS:localhost"])
    func reload(_ name: String, key: String? = nil) throws -> Bool {
      let file = try ScratchFile(
        """
        tls_certificate = "\(certificates.certificate(name))"
        tls_key = "\(certificates.key(key ?? name))"
        tls_client_ca = "\(certificates.certificate("authority"))"
        """)
      return service.service.reload { () throws(ConfigurationError) in
        try file.configuration()
      }
    }
    #expect(try !reload("server2", key: "server"))
    #expect(try !reload("no-such-file"))
    #expect(try shown(service) == before)
    #expect(try reload("server2"))
    #expect(try shown(service) != before)
    #expect(try open.exchange("GET", "/readyz").status == 200)
  }

  @Test func `certificates that cannot be used stop the start as wrong settings do`() throws {
    for (certificate, key) in [
      ("no-such", "server"), ("server", "no-such"), ("server", "authority"),
    ] {
      let error = #expect(throws: ServiceStartError.self) {
        try LoopbackService {
          $0.tlsPort = 0
          $0.tlsCertificate = certificates.certificate(certificate)
          $0.tlsKey = certificates.key(key)
        }
      }
      #expect(error?.isConfigurationFault == true)
      #expect(error?.lines.first?.hasPrefix("configuration: ") == true)
    }
  }
}
