import HTTPEngine
import Testing

@testable import PruningService

@Suite struct ServiceListenerTests {
  private var everything: ServiceConfiguration {
    var settings = ServiceConfiguration()
    settings.adminPort = 9090
    settings.unixSocket = "/run/x.sock"
    settings.tlsCertificate = "c.pem"
    settings.tlsKey = "k.pem"
    return settings
  }

  private func names(
    _ settings: ServiceConfiguration, _ inherited: [InheritedListener] = []
  ) -> [String] {
    ServiceListener.configurations(settings, inherited: inherited).map(\.name)
  }

  @Test func `the settings make the listeners, the plain one first`() {
    #expect(names(ServiceConfiguration()) == ["main"])
    #expect(names(everything) == ["main", "tls", "unix", "admin"])
    var closed = everything
    closed.port = nil
    #expect(names(closed) == ["tls", "unix", "admin"])
    let endpoints = ServiceListener.configurations(everything, inherited: []).map(\.endpoint)
    #expect(
      endpoints == [
        .tcp(host: "127.0.0.1", port: 8080), .tcp(host: "127.0.0.1", port: 8443),
        .unix(path: "/run/x.sock", permissions: 0o660), .tcp(host: "127.0.0.1", port: 9090),
      ])
  }

  @Test func `only the TLS listener encrypts`() {
    let listeners = ServiceListener.configurations(everything, inherited: [])
    #expect(listeners.map { $0.tls != nil } == [false, true, false, false])
    var settings = everything
    settings.tlsClientCA = "ca.pem"
    #expect(
      TLSConfiguration(settings)?.clientAuthentication == .required(authoritiesFile: "ca.pem"))
    settings.tlsClientAuth = "optional"
    #expect(
      TLSConfiguration(settings)?.clientAuthentication == .optional(authoritiesFile: "ca.pem"))
  }

  @Test func `a socket that is handed over replaces the listener of its name`() {
    let inherited = [
      InheritedListener(descriptor: 3, name: "admin"),
      InheritedListener(descriptor: 4, name: "vflowopt.socket"),
      InheritedListener(descriptor: 5, name: "unknown"),
    ]
    let listeners = ServiceListener.configurations(everything, inherited: inherited)
    #expect(listeners.map(\.name) == ["main", "main", "tls", "unix", "admin"])
    #expect(listeners[0].endpoint == .inherited(descriptor: 4))
    #expect(listeners[1].endpoint == .inherited(descriptor: 5))
    #expect(listeners[4].endpoint == .inherited(descriptor: 3))
    let encrypted = ServiceListener.configurations(
      everything, inherited: [InheritedListener(descriptor: 3, name: "tls")])
    #expect(encrypted.map { $0.tls != nil } == [false, true, false, false])
  }
}
