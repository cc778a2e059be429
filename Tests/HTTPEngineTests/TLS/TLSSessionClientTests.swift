import Testing

@testable import HTTPEngine

/// Client certificates and tickets.
@Suite struct TLSSessionClientTests {
  private static let versions: [ClosedRange<Int32>] = [0x0303...0x0303, 0x0304...0x0304]

  private func context(
    _ authentication: TLSConfiguration.ClientAuthentication = .none, issuesTickets: Bool = true
  ) throws -> TLSContext {
    var configuration = try TLSConfiguration.test()
    configuration.clientAuthentication = authentication
    configuration.issuesTickets = issuesTickets
    return try TLSContext(configuration, protocols: [])
  }

  private var authorities: String { TestCertificates.shared?.path("authority.pem") ?? "" }

  @Test(arguments: versions)
  func `reads who the client is`(_ versions: ClosedRange<Int32>) throws {
    let server = try TLSPeer(server: context(.required(authoritiesFile: authorities)))
    let client = try TLSPeer(
      client: TLSClientContext(TLSClientOptions(versions: versions, certificate: "client")))
    exchange(client, server)
    let certificate = try #require(server.session.security.client)
    #expect(certificate.commonName == "client")
    #expect(
      certificate.alternativeNames
        == [.dns("a.test"), .email("b@c.test"), .uri("spiffe://d.test/e")])
    #expect(certificate.fingerprint.count == 64)
  }

  @Test(arguments: versions)
  func `demands a certificate when told so`(_ versions: ClosedRange<Int32>) throws {
    let server = try TLSPeer(server: context(.required(authoritiesFile: authorities)))
    let client = try TLSPeer(client: TLSClientContext(TLSClientOptions(versions: versions)))
    exchange(client, server)
    #expect(server.session.state == .failed(.clientCertificate))
  }

  @Test func `serves a client without a certificate when it is optional`() throws {
    let server = try TLSPeer(server: context(.optional(authoritiesFile: authorities)))
    let client = try TLSPeer(client: TLSClientContext())
    exchange(client, server)
    #expect(server.session.state == .open)
    #expect(server.session.security.client == nil)
  }

  @Test(arguments: [true, false])
  func `refuses the certificate of a stranger`(_ isRequired: Bool) throws {
    let server = try TLSPeer(
      server: context(
        isRequired
          ? .required(authoritiesFile: authorities) : .optional(authoritiesFile: authorities)))
    let client = try TLSPeer(
      client: TLSClientContext(TLSClientOptions(certificate: "intruder")))
    exchange(client, server)
    #expect(server.session.state == .failed(.clientCertificate))
  }

  // MARK: Tickets

  private func connect(
    _ context: TLSContext, _ client: TLSClientContext, resuming ticket: TLSTicket? = nil
  ) throws -> (client: TLSPeer, server: TLSPeer) {
    let server = try TLSPeer(server: context)
    let client = try TLSPeer(client: client, resuming: ticket)
    exchange(client, server)
    // TLS 1.3 sends tickets after the handshake; reading takes them in.
    server.send(Array("x".utf8))
    exchange(client, server)
    return (client, server)
  }

  @Test(arguments: versions)
  func `resumes a session, and knows the client again`(
    _ versions: ClosedRange<Int32>
  ) throws {
    let context = try context(.required(authoritiesFile: authorities))
    let options = TLSClientOptions(versions: versions, certificate: "client")
    let settings = try TLSClientContext(options)
    let first = try connect(context, settings)
    let ticket = try #require(first.client.ticket)
    #expect(ticket.isResumable)
    let second = try connect(context, settings, resuming: ticket)
    #expect(second.server.session.security.isResumed)
    #expect(second.server.session.security.client?.commonName == "client")
  }

  @Test(arguments: versions)
  func `resumes nothing that another context has sealed`(
    _ versions: ClosedRange<Int32>
  ) throws {
    let settings = try TLSClientContext(TLSClientOptions(versions: versions))
    let first = try connect(context(), settings)
    let second = try connect(context(), settings, resuming: first.client.ticket)
    #expect(second.server.session.state == .open)
    #expect(!second.server.session.security.isResumed)
  }

  @Test(arguments: versions)
  func `issues no tickets when told so`(_ versions: ClosedRange<Int32>) throws {
    let context = try context(issuesTickets: false)
    let settings = try TLSClientContext(TLSClientOptions(versions: versions))
    let first = try connect(context, settings)
    #expect(first.client.ticket?.isResumable != true)
    let second = try connect(context, settings, resuming: nil)
    #expect(!second.server.session.security.isResumed)
  }
}
