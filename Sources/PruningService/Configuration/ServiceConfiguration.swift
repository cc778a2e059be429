import FoundationEssentials

/// Everything that can be set from outside, checked; the defaults are the initial values.
package struct ServiceConfiguration: Sendable {
  package var host = "127.0.0.1"
  package var port = 8080
  package var threads = Self.processorCount
  package var loops = 1
  package var queueCapacity = 256
  package var maximumConnections = 10_000
  package var maximumBodyBytes = 512 << 20
  package var maximumJSONBodyBytes = 64 << 20
  package var maximumChunkedBodyBytes = 64 << 20
  package var maximumInflationRatio = 200
  package var inFlightBytes = 2 << 30
  package var bufferPoolBytes = 256 << 20
  package var headerTimeout = Duration.seconds(10)
  package var bodyTimeout = Duration.seconds(30)
  package var keepAliveTimeout = Duration.seconds(75)
  package var writeTimeout = Duration.seconds(30)
  package var drainGrace = Duration.seconds(30)
  package var defaultDeadline = Duration.seconds(60)
  package var kernelSet = "best"
  package var logLevel = "info"
  package var logFormat = "auto"

  /// Where each value came from, by key name; names that are missing have their default.
  private(set) var sources: [String: ConfigurationSource] = [:]

  /// The defaults.
  package init() {}

  /// Reads flags over environment over defaults.
  ///
  /// - Parameters:
  ///   - flags: Values by key name.
  ///   - environment: The whole environment; only names with the program's prefix are read.
  /// - Throws: ``ConfigurationError`` with every fault found.
  package init(
    flags: [(name: String, value: String)], environment: [String: String]
  ) throws(ConfigurationError) {
    var faults: [ConfigurationError.Fault] = []
    let variables = environment.filter { $0.key.hasPrefix(ConfigurationKey.environmentPrefix) }
    for (variable, value) in variables.sorted(by: { $0.key < $1.key }) {
      let key = ConfigurationKey.all.first { $0.environmentName == variable }
      faults += assign(key, value, from: .environment, writtenAs: variable)
    }
    for (name, value) in flags {
      let key = ConfigurationKey.all.first { $0.name == name }
      faults += assign(key, value, from: .flag, writtenAs: "--" + (key?.flag ?? name))
    }
    faults += conflicts
    guard faults.isEmpty else { throw ConfigurationError(faults: faults) }
  }

  private mutating func assign(
    _ key: ConfigurationKey?, _ value: String, from source: ConfigurationSource,
    writtenAs name: String
  ) -> [ConfigurationError.Fault] {
    guard let key else {
      return [.init(code: .unknownName, name: name, reason: "there is no such setting")]
    }
    guard key.assign(value, &self) else {
      let shown = key.isSecret ? "***" : value
      let unit = key.unit.map { " \($0)" } ?? ""
      let reason = "'\(shown)' is not allowed; \(key.typeName), \(key.range)\(unit)"
      return [.init(code: .valueNotAllowed, name: name, reason: reason)]
    }
    sources[key.name] = source
    return []
  }

  private var conflicts: [ConfigurationError.Fault] {
    let largest = max(maximumBodyBytes, maximumJSONBodyBytes, maximumChunkedBodyBytes)
    guard inFlightBytes < largest else { return [] }
    return [
      .init(
        code: .conflict, name: "in_flight_bytes",
        reason: "must be at least the largest body that is accepted, \(largest) bytes")
    ]
  }

  /// One line per key with value and source; secrets are hidden.
  package var printed: String {
    ConfigurationKey.all
      .map { key in
        let value = key.isSecret ? "***" : key.show(self)
        let source = sources[key.name] ?? .fallback
        return "\(key.name) = \(value)  # \(source.rawValue)\n"
      }
      .joined()
  }

  /// The processors that this process may run on.
  private static var processorCount: Int { max(1, ProcessInfo.processInfo.activeProcessorCount) }
}
