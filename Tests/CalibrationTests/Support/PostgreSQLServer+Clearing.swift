import TestSupport

@testable import Calibration

extension PostgreSQLServer {
  /// Removes everything that tests have stored.
  func clear() throws {
    let connection = try PostgreSQLConnection(address: address)
    for statement: StaticString in [
      "DROP TABLE IF EXISTS vflowopt_row_values", "DROP TABLE IF EXISTS vflowopt_trials",
      "DROP TABLE IF EXISTS vflowopt_studies", "DROP TABLE IF EXISTS vflowopt_strategies",
      "DROP TABLE IF EXISTS vflowopt_schema",
    ] {
      _ = try connection.run(statement, [])
    }
  }
}
