import HTTPEngine
import Telemetry
import Testing

@testable import PruningService

@Suite struct AccessControlTests {
  private static let certificate = ClientCertificate(
    commonName: "gateway",
    alternativeNames: [.dns("gw.example"), .uri("spiffe://cluster/gw"), .email("gw@a.test")],
    fingerprint: SHA256Digest(of: "a certificate".utf8).hexadecimal)

  /// The other end of a connection, as the transport has proved it.
  private struct Peer {
    var certificate: ClientCertificate?
    var userID: UInt32?

    var connection: ConnectionInfo {
      let security = certificate.map {
        ConnectionSecurity(
          version: .tls13, cipher: "TLS_AES_128_GCM_SHA256", applicationProtocol: nil,
          isResumed: false, client: $0)
      }
      let process = userID.map { PeerProcess(processID: 1, userID: $0, groupID: 1) }
      return ConnectionInfo(
        id: 1, peer: userID == nil ? "192.0.2.7" : "", listener: "tls", isTLS: true,
        security: security, process: process)
    }
  }

  private func decision(
    _ client: AccessPolicy.Client, _ fields: HeaderFields = [:], peer: Peer
  ) -> AccessControl.Decision {
    let control = AccessControl(
      policy: AccessPolicy(clients: [client]), hasAdminListener: false,
      registry: MetricsRegistry())
    let head = RequestHead(
      method: .post, target: "/v1/prune", fields: fields, connection: peer.connection)
    return control.decide(head, AccessQuestion(head, .prune))
  }

  @Test(
    arguments: [
      (AccessPolicy.Proof.certificateName("gateway"), true),
      (.certificateName("gw.example"), true), (.certificateName("spiffe://cluster/gw"), true),
      (.certificateName("gw@a.test"), true), (.certificateName("example"), false),
      (.certificateName("GATEWAY"), false),
      (.certificateDigest(SHA256Digest(of: "a certificate".utf8)), true),
      (.certificateDigest(SHA256Digest(of: "another".utf8)), false), (.user(1000), false),
    ]) func `a verified certificate is a client by name or digest`(
      proof: AccessPolicy.Proof, isKnown: Bool
    )
  {
    let client = AccessPolicy.Client(name: "mesh", scopes: [.prune], proof: proof)
    let decision = decision(client, peer: Peer(certificate: Self.certificate))
    #expect((decision.problem == nil) == isKnown)
    #expect(decision.client.text == (isKnown ? "certificate:mesh" : "address:192.0.2.7"))
  }

  @Test func `a user of a Unix socket is a client by number`() {
    let client = AccessPolicy.Client(name: "sidecar", scopes: [.prune], proof: .user(1000))
    let known = decision(client, peer: Peer(userID: 1000))
    #expect(known.problem == nil)
    #expect(known.client.text == "user:sidecar")
    let other = decision(client, peer: Peer(userID: 1001))
    #expect(other.problem == .missingCredentials)
    #expect(other.client.text == "uid:1001")
    #expect(decision(client, peer: Peer()).problem == .missingCredentials)
  }

  @Test func `a wrong key is not saved by a good certificate`() {
    let client = AccessPolicy.Client(
      name: "mesh", scopes: [.prune], proof: .certificateName("gateway"))
    let peer = Peer(certificate: Self.certificate)
    #expect(decision(client, ["X-Api-Key": "x"], peer: peer).problem == .unknownCredentials)
    #expect(
      decision(client, ["Authorization": "Basic x"], peer: peer).problem == .unknownScheme)
  }

  @Test func `a client without the scope is named, and told which one it lacks`() throws {
    let client = AccessPolicy.Client(
      name: "mesh", scopes: [.read, .admin], proof: .certificateName("gateway"))
    let decision = decision(client, peer: Peer(certificate: Self.certificate))
    #expect(decision.client == .certificate("mesh"))
    let problem = try #require(decision.problem)
    #expect(problem.type == .forbidden)
    #expect(problem.extensions == [.missingScope("prune")])
    #expect(
      problem.challenge
        == "Bearer realm=\"vflowopt\", error=\"insufficient_scope\", scope=\"prune\"")
  }

  @Test func `refusals are counted by reason`() throws {
    let registry = MetricsRegistry()
    let key = APIKey()
    let client = AccessPolicy.Client(
      name: "a", scopes: [.read], proof: .key([SHA256Digest(of: key.text.utf8)]))
    let control = AccessControl(
      policy: AccessPolicy(clients: [client]), hasAdminListener: false, registry: registry)
    for fields: HeaderFields in [
      [:], ["X-Api-Key": "x"], ["X-Api-Key": "x", "Authorization": "Bearer y"],
      ["X-Api-Key": key.text],
    ] {
      let head = RequestHead(method: .post, target: "/v1/prune", fields: fields)
      #expect(control.decide(head, AccessQuestion(head, .prune)).problem != nil)
    }
    let text = registry.prometheusText()
    for reason in ["missing", "unknown", "conflicting", "scope"] {
      #expect(text.contains("vflowopt_access_refused_total{reason=\"\(reason)\"} 1\n"))
    }
  }
}
