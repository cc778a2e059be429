import HTTPEngine

/// The listeners that a service may have, in the order in which they are announced.
enum ServiceListener: String, Sendable, CaseIterable {
  /// Plain HTTP.
  case main
  /// HTTP over TLS.
  case tls
  /// What the service is watched and changed through.
  case admin

  /// The listener that accepted a connection; nil in the same process.
  init?(_ connection: ConnectionInfo) { self.init(rawValue: connection.listener) }

  /// What the engine is told; nil if the settings do not ask for this listener.
  func configuration(_ settings: ServiceConfiguration) -> ListenerConfiguration? {
    guard let (host, port) = address(settings) else { return nil }
    var listener = ListenerConfiguration(
      name: rawValue, host: host, port: UInt16(clamping: port))
    if self == .tls { listener.tls = TLSConfiguration(settings) }
    return listener
  }

  /// Host and port in the settings.
  func address(_ settings: ServiceConfiguration) -> (host: String, port: Int)? {
    switch self {
    case .main: settings.port.map { (settings.host, $0) }
    case .tls: settings.tlsCertificate.map { _ in (settings.host, settings.tlsPort) }
    case .admin: settings.adminPort.map { (settings.adminHost, $0) }
    }
  }
}

extension TLSConfiguration {
  /// What the settings say about encryption; nil where they name no certificate.
  init?(_ settings: ServiceConfiguration) {
    guard let certificate = settings.tlsCertificate, let key = settings.tlsKey else { return nil }
    self.init(certificateFile: certificate, keyFile: key)
    guard let authorities = settings.tlsClientCA else { return }
    clientAuthentication =
      settings.tlsClientAuth == "optional"
      ? .optional(authoritiesFile: authorities) : .required(authoritiesFile: authorities)
  }
}
