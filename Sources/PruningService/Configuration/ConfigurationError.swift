/// Every fault of a configuration at once, so that one start shows them all.
package struct ConfigurationError: Error, Sendable, Equatable {
  /// What is wrong with one setting.
  package enum Code: Sendable, Equatable {
    /// No key has this name.
    case unknownName
    /// The text is not a value of the key's type and range.
    case valueNotAllowed
    /// Two settings contradict each other.
    case conflict
    /// The configuration file cannot be read, or is not TOML.
    case unreadableFile
  }

  /// One wrong setting.
  package struct Fault: Sendable, Equatable {
    /// The kind of fault.
    package let code: Code
    /// The flag, variable, or line and key of the file, as the user wrote it.
    package let name: String
    /// A sentence for the user.
    package let reason: String
  }

  /// At least one.
  package let faults: [Fault]

  init(faults: [Fault]) { self.faults = faults }

  /// One line per fault, for stderr.
  package var lines: [String] {
    faults.map { "configuration: \($0.name): \($0.reason)" }
  }
}
