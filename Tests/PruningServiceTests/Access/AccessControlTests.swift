import HTTPEngine
import Telemetry
import Testing

@testable import PruningService

@Suite struct AccessControlTests {
  private static let certificate = PeerCertificate(
    commonName: "gateway", alternativeNames: ["gw.example", "spiffe://cluster/gw"],
    fingerprint: SHA256Digest(of: "a certificate".utf8))

  private func decision(
    _ client: AccessPolicy.Client, _ fields: HeaderFields = [:], peer: PeerIdentity
  ) -> AccessControl.Decision {
    let control = AccessControl(
      policy: AccessPolicy(clients: [client]), hasAdminListener: false,
      registry: MetricsRegistry(), peerIdentity: { _ in peer })
    let info = ConnectionInfo(id: 1, peer: "192.0.2.7", listener: "main", isTLS: true)
    return control.decide(
      RequestHead(method: .post, target: "/v1/prune", fields: fields, connection: info), .prune)
  }

  @Test(
    arguments: [
      (AccessPolicy.Proof.certificateName("gateway"), true),
      (.certificateName("gw.example"), true), (.certificateName("spiffe://cluster/gw"), true),
      (.certificateName("example"), false), (.certificateName("GATEWAY"), false),
      (.certificateDigest(SHA256Digest(of: "a certificate".utf8)), true),
      (.certificateDigest(SHA256Digest(of: "another".utf8)), false), (.user(1000), false),
    ]) func `a verified certificate is a client by name or digest`(
      proof: AccessPolicy.Proof, isKnown: Bool
    )
  {
    let client = AccessPolicy.Client(name: "mesh", scopes: [.prune], proof: proof)
    let peer = PeerIdentity(certificate: Self.certificate, userID: 1000)
    let decision = decision(client, peer: peer)
    #expect((decision.problem == nil) == isKnown)
    #expect(decision.client.text == (isKnown ? "certificate:mesh" : "address:192.0.2.7"))
  }

  @Test func `a user of a Unix socket is a client by number`() {
    let client = AccessPolicy.Client(name: "sidecar", scopes: [.prune], proof: .user(1000))
    let known = decision(client, peer: PeerIdentity(userID: 1000))
    #expect(known.problem == nil)
    #expect(known.client.text == "user:sidecar")
    #expect(decision(client, peer: PeerIdentity(userID: 1001)).problem == .missingCredentials)
    #expect(decision(client, peer: PeerIdentity()).problem == .missingCredentials)
  }

  @Test func `a wrong key is not saved by a good certificate`() {
    let client = AccessPolicy.Client(
      name: "mesh", scopes: [.prune], proof: .certificateName("gateway"))
    let peer = PeerIdentity(certificate: Self.certificate)
    #expect(decision(client, ["X-Api-Key": "x"], peer: peer).problem == .unknownCredentials)
    #expect(
      decision(client, ["Authorization": "Basic x"], peer: peer).problem == .unknownScheme)
  }

  @Test func `a client without the scope is named, and told which one it lacks`() throws {
    let client = AccessPolicy.Client(
      name: "mesh", scopes: [.read, .admin], proof: .certificateName("gateway"))
    let decision = decision(client, peer: PeerIdentity(certificate: Self.certificate))
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
      #expect(control.decide(head, .prune).problem != nil)
    }
    let text = registry.prometheusText()
    for reason in ["missing", "unknown", "conflicting", "scope"] {
      #expect(text.contains("vflowopt_access_refused_total{reason=\"\(reason)\"} 1\n"))
    }
  }
}
