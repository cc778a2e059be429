// Tables that both databases share; only serial numbers and bytes are spelled differently.
//
// What is searched or compared is a column, the rest is a JSON document: a new member needs no
// migration, and a person can read it.
extension SQLDialect {
  /// Counting the trials that are handed out must not read all trials.
  private static let openTrialsIndex: StaticString = """
    CREATE INDEX vflowopt_open_trials ON vflowopt_trials (study) WHERE state = 'active'
    """

  static let sqlite = SQLDialect(
    migrations: [
      [
        """
        CREATE TABLE vflowopt_studies (
          serial INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL UNIQUE,
          revision INTEGER NOT NULL, state TEXT NOT NULL, trial_count INTEGER NOT NULL,
          specification TEXT NOT NULL, calibration_set TEXT, baseline BLOB) STRICT
        """,
        """
        CREATE TABLE vflowopt_trials (
          study INTEGER NOT NULL REFERENCES vflowopt_studies (serial) ON DELETE CASCADE,
          number INTEGER NOT NULL, revision INTEGER NOT NULL, state TEXT NOT NULL,
          document TEXT NOT NULL, PRIMARY KEY (study, number)) STRICT
        """,
        """
        CREATE TABLE vflowopt_row_values (
          study INTEGER NOT NULL, trial INTEGER NOT NULL, contents BLOB NOT NULL,
          PRIMARY KEY (study, trial),
          FOREIGN KEY (study, trial) REFERENCES vflowopt_trials (study, number)
            ON DELETE CASCADE) STRICT
        """,
        """
        CREATE TABLE vflowopt_strategies (
          name TEXT PRIMARY KEY NOT NULL, revision INTEGER NOT NULL, document TEXT NOT NULL) STRICT
        """,
      ], [openTrialsIndex],
    ], migrationLock: nil,
    versionTable: "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'vflowopt_schema'")

  static let postgreSQL = SQLDialect(
    migrations: [
      [
        """
        CREATE TABLE vflowopt_studies (
          serial BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
          name TEXT COLLATE "C" NOT NULL UNIQUE, revision BIGINT NOT NULL, state TEXT NOT NULL,
          trial_count BIGINT NOT NULL, specification TEXT NOT NULL, calibration_set TEXT,
          baseline BYTEA)
        """,
        """
        CREATE TABLE vflowopt_trials (
          study BIGINT NOT NULL REFERENCES vflowopt_studies (serial) ON DELETE CASCADE,
          number BIGINT NOT NULL, revision BIGINT NOT NULL, state TEXT NOT NULL,
          document TEXT NOT NULL, PRIMARY KEY (study, number))
        """,
        """
        CREATE TABLE vflowopt_row_values (
          study BIGINT NOT NULL, trial BIGINT NOT NULL, contents BYTEA NOT NULL,
          PRIMARY KEY (study, trial),
          FOREIGN KEY (study, trial) REFERENCES vflowopt_trials (study, number)
            ON DELETE CASCADE)
        """,
        """
        CREATE TABLE vflowopt_strategies (
          name TEXT COLLATE "C" PRIMARY KEY NOT NULL, revision BIGINT NOT NULL,
          document TEXT NOT NULL)
        """,
      ], [openTrialsIndex],
    ], migrationLock: "SELECT pg_advisory_xact_lock(727183942715)",
    versionTable: "SELECT 1 WHERE to_regclass('vflowopt_schema') IS NOT NULL")
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
      let version = try self.version(session, dialect)
      let current = version ?? 0
      guard current <= dialect.migrations.count, current >= 0 else {
        throw CalibrationError(
          .storeUnreadable, "the store was written by a later version of this program")
      }
      guard current < dialect.migrations.count else { return }
      if version == nil {
        _ = try session.run("CREATE TABLE vflowopt_schema (version INTEGER NOT NULL)", [])
      }
      for statements in dialect.migrations[current...] {
        for statement in statements { _ = try session.run(statement, []) }
      }
      _ = try session.run(
        version == nil
          ? "INSERT INTO vflowopt_schema (version) VALUES ($1)"
          : "UPDATE vflowopt_schema SET version = $1",
        [SQLValue(dialect.migrations.count)])
    }
  }

  /// The version of the tables; nil when there are none.
  private static func version(
    _ session: any SQLSession, _ dialect: SQLDialect
  ) throws(CalibrationError) -> Int? {
    guard try !session.run(dialect.versionTable, []).rows.isEmpty else { return nil }
    guard let row = try session.run("SELECT version FROM vflowopt_schema", []).rows.first else {
      throw DocumentReader.unreadable
    }
    return Int(clamping: try row[0].integer())
  }
}
