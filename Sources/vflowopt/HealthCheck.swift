import ArgumentParser
import PruningService

/// Asks a service whether it is ready: `vflowopt healthcheck`.
struct HealthCheck: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "healthcheck",
    abstract: "Asks a running service whether it is ready: exit 0 if so, 69 if not.",
    discussion: """
      Without --url, --host and --port it asks where the settings of the service say that it listens: \
      on the plain port, else on the Unix socket, else on the admin port. It speaks no TLS.
      """)

  @Option(help: "The address of the service.") var host: String?
  @Option(help: "The port of the service.") var port: String?
  @Option(help: "The Unix socket of the service.") var unixSocket: String?
  @Option(help: "The whole address instead, such as http://127.0.0.1:8080/readyz.")
  var url: String?
  @Option(help: "The TOML file with the service's settings; VFLOWOPT_CONFIG.") var config: String?

  func validate() throws {
    let ways = [url, port ?? host, unixSocket].filter { $0 != nil }
    guard ways.count <= 1 else {
      throw ValidationError("--url, --unix-socket, and --host with --port exclude each other")
    }
    guard url.map({ ReadinessProbe(url: $0) != nil }) ?? true else {
      throw ValidationError("--url is http://host[:port][/path]")
    }
  }

  func run() throws {
    guard try probe().succeeds() else { throw ExitCode.unavailable }
  }

  private func probe() throws -> ReadinessProbe {
    if let probe = url.flatMap(ReadinessProbe.init(url:)) { return probe }
    if let unixSocket { return ReadinessProbe(path: unixSocket) }
    let flags = [("host", host), ("port", port)].compactMap { name, value in
      value.map { (name: name, value: $0) }
    }
    let configuration = try Serve.read(flags, file: config)
    if let port = configuration.port { return Self.probe(configuration.host, port) }
    if let path = configuration.unixSocket { return ReadinessProbe(path: path) }
    if let port = configuration.adminPort { return Self.probe(configuration.adminHost, port) }
    StandardStream.error.writeLine(
      "configuration: healthcheck speaks no TLS: give the service an admin_port or a unix_socket")
    throw ExitCode.configurationError
  }

  /// A service that listens everywhere is asked over the loopback interface.
  private static func probe(_ host: String, _ port: Int) -> ReadinessProbe {
    let wildcards = ["0.0.0.0": "127.0.0.1", "::": "::1"]
    return ReadinessProbe(host: wildcards[host] ?? host, port: "\(port)")
  }
}
