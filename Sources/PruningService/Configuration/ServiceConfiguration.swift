import FoundationEssentials

/// Everything that can be set from outside, checked; the defaults are the initial values.
package struct ServiceConfiguration: Sendable {
  package var host = "127.0.0.1"
  package var port: Int? = 8080
  package var adminHost = "127.0.0.1"
  package var adminPort: Int?
  package var unixSocket: String?
  package var unixSocketMode: UInt16 = 0o660
  package var apiKeys: String?
  package var tlsPort = 8443
  package var tlsCertificate: String?
  package var tlsKey: String?
  package var tlsClientCA: String?
  package var tlsClientAuth = "required"
  package var threads = ProcessorLimit.current
  package var loops = 1
  package var queueCapacity = 256
  package var queueWait = Duration.milliseconds(50)
  package var maximumConnections = 10_000
  package var maximumBodyBytes = 512 << 20
  package var maximumJSONBodyBytes = 64 << 20
  package var maximumChunkedBodyBytes = 64 << 20
  package var maximumInflationRatio = 200
  package var inFlightBytes = 2 << 30
  package var clientShare = 75
  package var slowBodyBytesPerSecond = 256 << 10
  package var bufferPoolBytes: Int?
  package var sharedMemoryPrefix: String?
  package var sharedMemoryMemfd = "off"
  package var sharedMemoryOwner: Int?
  package var sharedMemoryRegions = 64
  package var sharedMemoryBytes = 4 << 30
  package var headerTimeout = Duration.seconds(10)
  package var bodyTimeout = Duration.seconds(30)
  package var keepAliveTimeout = Duration.seconds(75)
  package var writeTimeout = Duration.seconds(30)
  package var drainGrace = Duration.seconds(30)
  package var defaultDeadline = Duration.seconds(60)
  package var kernelSet = "best"
  package var store: String?
  package var logLevel = "info"
  package var logFormat = "auto"
  package var otlpEndpoint: String?
  package var traceSampleRatio = 0.01

  /// Where each value came from, by key name; names that are missing have their default.
  var sources: [String: ConfigurationSource] = [:]

  /// The defaults.
  package init() {}

  /// Reads flags over environment over a file over defaults.
  ///
  /// - Parameters:
  ///   - flags: Values by key name.
  ///   - environment: The whole environment; only names with the program's prefix are read.
  ///   - file: The path of the configuration file; if nil, `VFLOWOPT_CONFIG` may name one.
  /// - Throws: ``ConfigurationError`` with every fault found.
  package init(
    flags: [(name: String, value: String)], environment: [String: String], file: String? = nil
  ) throws(ConfigurationError) {
    var reader = ConfigurationReader()
    if let path = file ?? environment[ConfigurationKey.fileVariable] { reader.read(file: path) }
    reader.read(environment: environment)
    reader.read(flags: flags)
    reader.checkTogether()
    guard reader.faults.isEmpty else { throw ConfigurationError(faults: reader.faults) }
    self = reader.configuration
  }

  /// One line per key with value and source, itself a configuration file; secrets are hidden.
  package var printed: String {
    ConfigurationKey.all
      .map { key in
        let source = sources[key.name] ?? .fallback
        return "\(key.name) = \(key.literal(in: self))  # \(source.label)\n"
      }
      .joined()
  }
}
