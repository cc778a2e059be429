import HTTPEngine

/// Why the service could not start.
package struct ServiceStartError: Error, Sendable, Equatable {
  /// The kinds of failure.
  package enum Code: Sendable, Equatable {
    /// The kernel set is unknown to this program or this processor.
    case kernelSetUnavailable
    /// A file that the settings name is wrong; the message has one line per fault.
    case settingsFile
    /// The address cannot be listened on.
    case cannotListen
    /// The store of studies cannot be opened with these settings.
    case unusableStore
    /// The store of studies does not answer.
    case storeUnreachable
    /// The system refused threads or descriptors.
    case outOfResources
  }

  /// What failed.
  package let code: Code
  /// A sentence for the user.
  package let message: String

  /// The message for standard error, one line per fault.
  package var lines: [String] {
    guard code == .settingsFile else { return ["vflowopt: \(message)"] }
    return message.split(separator: "\n").map(String.init)
  }

  /// Whether other settings would help, rather than another moment.
  package var isConfigurationFault: Bool {
    code == .kernelSetUnavailable || code == .settingsFile || code == .unusableStore
  }

  /// Compares codes only: the message is for people.
  package static func == (left: Self, right: Self) -> Bool { left.code == right.code }
}
