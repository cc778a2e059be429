// Tables that both databases share; only serial numbers and bytes are spelled differently.
//
// What is searched or compared is a column, the rest is a JSON document: a new member needs no
// migration, and a person can read it.
extension SQLDialect {
  static let sqlite = SQLDialect(
    migrations: [
      [
        """
        CREATE TABLE studies (
          serial INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL UNIQUE,
          revision INTEGER NOT NULL, state TEXT NOT NULL, trial_count INTEGER NOT NULL,
          specification TEXT NOT NULL, calibration_set TEXT, baseline BLOB) STRICT
        """,
        """
        CREATE TABLE trials (
          study INTEGER NOT NULL REFERENCES studies (serial) ON DELETE CASCADE,
          number INTEGER NOT NULL, revision INTEGER NOT NULL, state TEXT NOT NULL,
          document TEXT NOT NULL, PRIMARY KEY (study, number)) STRICT
        """,
        """
        CREATE TABLE row_values (
          study INTEGER NOT NULL, trial INTEGER NOT NULL, contents BLOB NOT NULL,
          PRIMARY KEY (study, trial),
          FOREIGN KEY (study, trial) REFERENCES trials (study, number) ON DELETE CASCADE) STRICT
        """,
        """
        CREATE TABLE strategies (
          name TEXT PRIMARY KEY NOT NULL, revision INTEGER NOT NULL, document TEXT NOT NULL) STRICT
        """,
      ]
    ], migrationLock: nil)

  static let postgreSQL = SQLDialect(
    migrations: [
      [
        """
        CREATE TABLE studies (
          serial BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
          name TEXT COLLATE "C" NOT NULL UNIQUE, revision BIGINT NOT NULL, state TEXT NOT NULL,
          trial_count BIGINT NOT NULL, specification TEXT NOT NULL, calibration_set TEXT,
          baseline BYTEA)
        """,
        """
        CREATE TABLE trials (
          study BIGINT NOT NULL REFERENCES studies (serial) ON DELETE CASCADE,
          number BIGINT NOT NULL, revision BIGINT NOT NULL, state TEXT NOT NULL,
          document TEXT NOT NULL, PRIMARY KEY (study, number))
        """,
        """
        CREATE TABLE row_values (
          study BIGINT NOT NULL, trial BIGINT NOT NULL, contents BYTEA NOT NULL,
          PRIMARY KEY (study, trial),
          FOREIGN KEY (study, trial) REFERENCES trials (study, number) ON DELETE CASCADE)
        """,
        """
        CREATE TABLE strategies (
          name TEXT COLLATE "C" PRIMARY KEY NOT NULL, revision BIGINT NOT NULL,
          document TEXT NOT NULL)
        """,
      ]
    ], migrationLock: "SELECT 1 FROM (SELECT pg_advisory_xact_lock(727183942715)) AS held")
}

/// Brings a database's tables up to this version.
enum SQLMigration {
  /// Runs the migrations that are missing, in one transaction.
  ///
  /// - Throws: ``CalibrationError/Code/storeUnreadable`` for a database of a later version.
  static func run(_ database: some SQLDatabase) throws(CalibrationError) {
    let dialect = database.dialect
    try database.transaction(.writing) { (session) throws(CalibrationError) in
      if let lock = dialect.migrationLock { _ = try session.run(lock, []) }
      _ = try session.run(
        "CREATE TABLE IF NOT EXISTS schema_version (version BIGINT NOT NULL)", [])
      let rows = try session.run("SELECT version FROM schema_version", []).rows
      let version = try rows.first.map { (row) throws(CalibrationError) in
        Int(clamping: try row[0].integer())
      }
      let current = version ?? 0
      guard current <= dialect.migrations.count, current >= 0 else {
        throw CalibrationError(
          .storeUnreadable, "the store was written by a later version of this program")
      }
      for statements in dialect.migrations[current...] {
        for statement in statements { _ = try session.run(statement, []) }
      }
      _ = try session.run(
        version == nil
          ? "INSERT INTO schema_version (version) VALUES ($1)"
          : "UPDATE schema_version SET version = $1",
        [SQLValue(dialect.migrations.count)])
    }
  }
}
