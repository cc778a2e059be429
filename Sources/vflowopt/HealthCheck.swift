import ArgumentParser
import PruningService

/// Asks a service whether it is ready: `vflowopt healthcheck`.
struct HealthCheck: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "healthcheck",
    abstract: "Asks a running service whether it is ready: exit 0 if so, 69 if not.",
    discussion: "Host and port default to VFLOWOPT_HOST and VFLOWOPT_PORT.")

  @Option(help: "The address of the service.") var host: String?
  @Option(help: "The port of the service.") var port: String?
  @Option(help: "The whole address instead, such as http://127.0.0.1:8080/readyz.")
  var url: String?

  func validate() throws {
    guard url == nil || (host == nil && port == nil) else {
      throw ValidationError("--url stands alone")
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
    let flags = [("host", host), ("port", port)].compactMap { name, value in
      value.map { (name: name, value: $0) }
    }
    let configuration = try Serve.read(flags)
    let wildcards = ["0.0.0.0": "127.0.0.1", "::": "::1"]
    return ReadinessProbe(
      host: wildcards[configuration.host] ?? configuration.host, port: "\(configuration.port ?? 0)")
  }
}
