import Foundation

@testable import PruningService

/// A file that is gone with its object.
final class ScratchFile {
  let url: URL

  init(_ text: String, name: String = "vflowopt.toml", permissions: Int = 0o600) throws {
    url = FileManager.default.temporaryDirectory.appending(path: "\(UUID().uuidString)-\(name)")
    try write(text)
    try FileManager.default.setAttributes([.posixPermissions: permissions], ofItemAtPath: path)
  }

  deinit { try? FileManager.default.removeItem(at: url) }

  var path: String { url.path }

  /// Replaces the content.
  func write(_ text: String) throws { try Data(text.utf8).write(to: url) }

  /// What the service makes of it.
  func configuration(
    flags: [(name: String, value: String)] = [], environment: [String: String] = [:]
  ) throws(ConfigurationError) -> ServiceConfiguration {
    try ServiceConfiguration(flags: flags, environment: environment, file: path)
  }
}
