/// What a keys file says, for people; no digest is among it.
package struct AccessSummary: Sendable {
  private let clients: [AccessPolicy.Client]

  /// Reads a keys file.
  ///
  /// - Parameter path: The file.
  /// - Throws: ``ConfigurationError`` with every fault found.
  package init(path: String) throws(ConfigurationError) {
    clients = try AccessFile.clients(at: path)
  }

  /// One line per client: how it proves itself, its name, its scopes.
  package var lines: [String] {
    clients.map { client in
      let scopes = AccessScope.allCases.filter(client.scopes.contains).map(\.rawValue)
      return "\(client.identity.text) \(scopes.joined(separator: ","))"
    }
  }
}
