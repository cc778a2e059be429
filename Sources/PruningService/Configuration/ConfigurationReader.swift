/// Puts a configuration together from its sources, the weakest first, and collects every fault.
struct ConfigurationReader {
  /// What has been read so far.
  private(set) var configuration = ServiceConfiguration()
  /// What was wrong with it.
  private(set) var faults: [ConfigurationError.Fault] = []

  /// Reads a file whose root table has a setting in each member.
  mutating func read(file path: String) {
    do throws(TOMLError) {
      let file = try TOMLFile(path: path)
      for entry in file.entries { read(entry, of: file) }
    } catch {
      let place = error.line.map { "\(path):\($0)" } ?? path
      faults.append(.init(code: .unreadableFile, name: place, reason: error.detail))
    }
  }

  /// Reads the variables that carry the program's prefix.
  mutating func read(environment: [String: String]) {
    let prefix = ConfigurationKey.environmentPrefix
    let variables = environment.filter {
      $0.key.hasPrefix(prefix) && $0.key != ConfigurationKey.fileVariable
    }
    for (variable, value) in variables.sorted(by: { $0.key < $1.key }) {
      let key = ConfigurationKey.all.first { $0.environmentName == variable }
      assign(key, value, from: .environment, writtenAs: variable)
    }
  }

  /// Reads flags, by key name.
  mutating func read(flags: [(name: String, value: String)]) {
    for (name, value) in flags {
      let key = ConfigurationKey.named(name)
      assign(key, value, from: .flag, writtenAs: "--" + (key?.flag ?? name))
    }
  }

  /// Looks at what no single value can tell.
  mutating func checkTogether() { faults += configuration.conflicts }

  private mutating func read(_ entry: TOMLEntry, of file: TOMLFile) {
    let name = "\(file.path):\(entry.line): \(entry.key)"
    guard let key = ConfigurationKey.named(entry.key) else {
      return assign(nil, "", from: .fallback, writtenAs: name)
    }
    guard let text = key.spelling.flagText(of: entry.value) else {
      let reason = "must be \(key.spelling.explanation), not \(entry.value.typeName)"
      faults.append(.init(code: .valueNotAllowed, name: name, reason: reason))
      return
    }
    assign(key, text, from: .file(path: file.path, line: entry.line), writtenAs: name)
  }

  private mutating func assign(
    _ key: ConfigurationKey?, _ value: String, from source: ConfigurationSource,
    writtenAs name: String
  ) {
    guard let key else {
      faults.append(.init(code: .unknownName, name: name, reason: "there is no such setting"))
      return
    }
    guard key.assign(value, &configuration) else {
      let shown = key.isSecret ? "***" : value
      let unit = key.unit.map { " \($0)" } ?? ""
      let reason = "'\(shown)' is not allowed; \(key.typeName), \(key.range)\(unit)"
      faults.append(.init(code: .valueNotAllowed, name: name, reason: reason))
      return
    }
    configuration.sources[key.name] = source
  }
}
