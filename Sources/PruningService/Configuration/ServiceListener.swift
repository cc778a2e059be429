import HTTPEngine

/// The listeners that a service may have, in the order in which they are announced.
enum ServiceListener: String, Sendable, CaseIterable {
  /// Plain HTTP.
  case main
  /// HTTP over TLS.
  case tls
  /// Plain HTTP over a Unix-domain socket.
  case unix
  /// What the service is watched and changed through.
  case admin

  /// The listener that accepted a connection; nil in the same process.
  init?(_ connection: ConnectionInfo) { self.init(rawValue: connection.listener) }

  /// What the engine is told of all listeners.
  ///
  /// - Parameters:
  ///   - settings: Which listeners there are.
  ///   - inherited: Sockets that a service manager has handed over; each replaces the listener of
  ///     the settings that has its name, and the plain one if it has no listener's name.
  /// - Returns: At least one listener.
  static func configurations(
    _ settings: ServiceConfiguration, inherited: [InheritedListener]
  ) -> [ListenerConfiguration] {
    allCases.flatMap { listener in
      let own = inherited.filter { (ServiceListener(rawValue: $0.name) ?? .main) == listener }
      let endpoints: [ListenerConfiguration.Endpoint] =
        own.isEmpty
        ? listener.endpoint(settings).map { [$0] } ?? []
        : own.map { .inherited(descriptor: $0.descriptor) }
      let tls = listener == .tls ? TLSConfiguration(settings) : nil
      return endpoints.map {
        var configuration = ListenerConfiguration(
          name: listener.rawValue, endpoint: $0, tls: tls)
        configuration.takesDescriptors = listener == .unix && settings.takesMemfds
        return configuration
      }
    }
  }

  /// Where the settings want it to listen; nil if they do not.
  private func endpoint(_ settings: ServiceConfiguration) -> ListenerConfiguration.Endpoint? {
    if self == .unix {
      return settings.unixSocket.map { .unix(path: $0, permissions: settings.unixSocketMode) }
    }
    return address(settings).map { .tcp(host: $0.host, port: UInt16(clamping: $0.port)) }
  }

  /// Host and port in the settings.
  func address(_ settings: ServiceConfiguration) -> (host: String, port: Int)? {
    switch self {
    case .main: settings.port.map { (settings.host, $0) }
    case .tls: settings.tlsCertificate.map { _ in (settings.host, settings.tlsPort) }
    case .unix: nil
    case .admin: settings.adminPort.map { (settings.adminHost, $0) }
    }
  }

  /// Where the settings want it to listen, for people.
  func place(_ settings: ServiceConfiguration) -> String {
    if let (host, port) = address(settings) { return "\(host) port \(port)" }
    guard self == .unix, let path = settings.unixSocket else { return "an inherited socket" }
    return path
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
