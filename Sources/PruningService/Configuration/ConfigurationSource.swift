/// Where an effective value comes from.
package enum ConfigurationSource: Sendable, Equatable {
  /// Nobody said anything else.
  case fallback
  /// A line of the configuration file.
  case file(path: String, line: Int)
  /// An environment variable.
  case environment
  /// A command-line flag.
  case flag

  /// The source, as `--print-config` shows it.
  package var label: String {
    switch self {
    case .fallback: "default"
    case .file(let path, let line): "file \(path):\(line)"
    case .environment: "environment"
    case .flag: "flag"
    }
  }
}
