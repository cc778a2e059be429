/// One setting: everything that flags, environment, documentation and checks need to know of it.
package struct ConfigurationKey: Sendable {
  /// The name in a configuration file and in `--print-config`: `queue_capacity`.
  package let name: String
  /// The type, as the documentation prints it.
  package let typeName: String
  /// The unit, where there is one.
  package let unit: String?
  /// The default, as text that would be accepted.
  package let fallback: String
  /// The allowed values, for people.
  package let range: String
  /// What the default depends on, where it depends on the machine.
  package let machineDefault: String?
  /// Whether a running service takes a new value on SIGHUP.
  package let isReloadable: Bool
  /// Whether the value must not be shown.
  package let isSecret: Bool
  /// One sentence for help and documentation.
  package let summary: String
  /// How it is written in a file.
  let spelling: FileSpelling
  /// Reads text into a configuration; false when the text is not allowed.
  let assign: @Sendable (String, inout ServiceConfiguration) -> Bool
  /// Writes a configuration's value.
  let show: @Sendable (ServiceConfiguration) -> String

  init<Value: Sendable>(
    _ name: String, _ path: any WritableKeyPath<ServiceConfiguration, Value> & Sendable,
    _ format: ConfigurationFormat<Value>, _ summary: String, isSecret: Bool = false,
    isReloadable: Bool = false, machineDefault: String? = nil
  ) {
    self.name = name
    self.summary = summary
    self.isSecret = isSecret
    self.isReloadable = isReloadable
    self.machineDefault = machineDefault
    typeName = format.typeName
    unit = format.unit
    range = format.range
    spelling = format.spelling
    fallback = format.print(ServiceConfiguration()[keyPath: path])
    assign = { text, configuration in
      guard let value = format.parse(text) else { return false }
      configuration[keyPath: path] = value
      return true
    }
    show = { format.print($0[keyPath: path]) }
  }

  /// The flag without its dashes: `queue-capacity`.
  package var flag: String { String(name.map { $0 == "_" ? "-" : $0 }) }

  /// The environment variable: `VFLOWOPT_QUEUE_CAPACITY`.
  package var environmentName: String { Self.environmentPrefix + name.uppercased() }

  /// The value in a configuration, as it stands in a file; a secret that differs from the default
  /// is hidden.
  func literal(in configuration: ServiceConfiguration) -> String {
    let text = show(configuration)
    return isSecret && text != fallback ? "\"***\"" : spelling.literal(text)
  }

  /// The key of this name.
  package static func named(_ name: String) -> ConfigurationKey? {
    all.first { $0.name == name }
  }

  /// The variable that names the configuration file: not a key, because no file can name itself.
  package static let fileVariable = environmentPrefix + "CONFIG"

  /// What every environment variable of this program starts with.
  package static let environmentPrefix = "VFLOWOPT_"
}
