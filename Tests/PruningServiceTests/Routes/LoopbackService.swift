import TestSupport

@testable import PruningService

/// A whole service on a loopback port of the system's choice.
final class LoopbackService: Sendable {
  let service: PruningService
  let records: RecordingSink
  let port: UInt16
  let adminPort: UInt16
  let tlsPort: UInt16

  init(_ configure: (inout ServiceConfiguration) -> Void = { _ in }) throws {
    var configuration = ServiceConfiguration()
    configuration.port = 0
    configuration.threads = 2
    configuration.drainGrace = .seconds(20)
    configure(&configuration)
    records = RecordingSink()
    service = try PruningService(configuration: configuration, sink: records)
    let addresses = try service.start()
    port = addresses.first?.port ?? 0
    tlsPort = addresses.first { $0.listener == "tls" }?.port ?? 0
    adminPort = addresses.first { $0.listener == "admin" }?.port ?? 0
  }

  deinit { service.drain() }

  func connect(toAdmin: Bool = false) throws -> ServiceConnection {
    try ServiceConnection(port: toAdmin ? adminPort : port)
  }

  func connect(
    over certificates: ServiceCertificates, client: String? = nil
  ) throws -> ServiceConnection {
    let connection = try ServiceConnection(port: tlsPort)
    try connection.wrap { try TLSClientChannel($0, certificates, client: client) }
    return connection
  }

  /// Connects to the Unix-domain socket of the settings.
  func connect(path: String) throws -> ServiceConnection { try ServiceConnection(path: path) }

  /// One sample of the service's metrics.
  func metric(_ name: String) throws -> Double? {
    let text = try connect().exchange("GET", "/metrics").text
    let line = text.split(separator: "\n").first { $0.hasPrefix(name + " ") }
    return line.flatMap { Double($0.dropFirst(name.count + 1)) }
  }
}

extension ServiceAddress {
  fileprivate var port: UInt16 { UInt16(authority.split(separator: ":").last ?? "") ?? 0 }
}
