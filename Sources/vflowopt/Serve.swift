import ArgumentParser
import FoundationEssentials
import Glibc
import PruningService

/// Runs the service: `vflowopt serve`.
struct Serve: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Answers pruning requests over HTTP until SIGTERM or SIGINT.",
    discussion: """
      Prints a line for each listener, listening on http://ADDRESS:PORT, to standard output when \
      it is ready; \
      logs go to standard error. The first signal drains, a second one exits at once; SIGHUP \
      reads the settings again. \
      A flag is stronger than its environment variable, which is stronger than the file.
      """)

  @Option(help: "A TOML file with settings; VFLOWOPT_CONFIG.", completion: .file()) var config:
    String?
  @OptionGroup(title: "Settings") var flags: ConfigurationFlags
  @Flag(help: "Print the effective settings with their sources and exit.") var printConfig = false

  func run() throws {
    // Before anything else: a signal that comes early must wait, not kill.
    let signals = Signals()
    let configuration = try Self.read(flags.given, file: config)
    guard !printConfig else {
      StandardStream.output.write(Array(configuration.printed.utf8))
      return
    }
    let service = try Self.start(configuration)
    while signals.wait() == SIGHUP { reload(service) }
    signals.exitOnNext()
    service.drain()
    // Not exit(): its handlers would run beside workers that the grace period has left behind.
    _exit(0)
  }

  private func reload(_ service: PruningService) {
    service.reload { () throws(ConfigurationError) in
      try ServiceConfiguration(
        flags: flags.given, environment: ProcessInfo.processInfo.environment, file: config)
    }
  }

  private static func start(_ configuration: ServiceConfiguration) throws -> PruningService {
    do {
      let service = try PruningService(
        configuration: configuration, environment: ProcessInfo.processInfo.environment)
      let addresses = try service.start()
      for address in addresses { StandardStream.output.writeLine(address.line) }
      return service
    } catch {
      for line in error.lines { StandardStream.error.writeLine(line) }
      throw error.isConfigurationFault ? ExitCode.configurationError : ExitCode.unavailable
    }
  }

  /// The configuration from all sources; every fault goes to standard error.
  static func read(
    _ flags: [(name: String, value: String)], file: String? = nil
  ) throws -> ServiceConfiguration {
    do {
      return try ServiceConfiguration(
        flags: flags, environment: ProcessInfo.processInfo.environment, file: file)
    } catch {
      for line in error.lines { StandardStream.error.writeLine(line) }
      throw ExitCode.configurationError
    }
  }
}
