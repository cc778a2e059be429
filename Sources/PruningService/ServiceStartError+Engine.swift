import Glibc
import HTTPEngine

extension ServiceStartError {
  /// What the engine has against an address or a certificate.
  init(_ error: HTTPEngineError, _ configuration: ServiceConfiguration) {
    let listener = error.listener.flatMap(ServiceListener.init(rawValue:)) ?? .main
    let place = listener.place(configuration)
    switch error.code {
    case .unresolvableHost:
      self.init(
        code: .cannotListen, message: "the host of \(place) has no address")
    case .cannotBind, .alreadyStarted, .invalidConfiguration:
      // strerror's text is a constant, or memory of this thread, that is copied at once.
      let reason = unsafe String(cString: strerror(error.errno))
      self.init(
        code: .cannotListen, message: "cannot listen on \(place): \(reason)")
    case .outOfResources:
      self.init(code: .outOfResources, message: "descriptors or threads were refused")
    case .malformedActivation:
      self.init(
        code: .settingsFile,
        message: "configuration: LISTEN_FDS: contradicts LISTEN_PID or LISTEN_FDNAMES")
    case .unusableCertificate, .unusableKey, .keyMismatch, .unusableClientAuthorities,
      .unusableTLSSettings, .unknownListener:
      let lines = ConfigurationError(certificates: error).lines
      self.init(code: .settingsFile, message: lines.joined(separator: "\n"))
    }
  }
}

extension ConfigurationError {
  /// What the engine has against certificates; their content is never told.
  init(certificates error: HTTPEngineError) {
    let rule =
      switch error.code {
      case .unusableCertificate: "holds no certificate, or cannot be read"
      case .unusableKey: "holds no private key, cannot be read, or wants a passphrase"
      case .keyMismatch: "the private key does not belong to the certificate"
      case .unusableClientAuthorities: "holds no certificate of an authority, or cannot be read"
      default: "TLS does not take these settings"
      }
    self.init(faults: [Fault(code: .unreadableFile, name: error.file ?? "tls", reason: rule)])
  }
}
