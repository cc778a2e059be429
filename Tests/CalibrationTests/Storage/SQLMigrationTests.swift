import Testing

@testable import Calibration

@Suite struct SQLMigrationTests {
  /// A database as a later version of the program would see it.
  private struct LaterDatabase: SQLDatabase {
    let base: SQLiteDatabase
    let dialect: SQLDialect

    init(_ base: SQLiteDatabase, adding statements: [StaticString]) {
      self.base = base
      dialect = SQLDialect(
        migrations: base.dialect.migrations + [statements], migrationLock: nil,
        versionTable: base.dialect.versionTable)
    }

    func transaction<Result>(
      _ kind: SQLTransactionKind,
      _ body: (any SQLSession) throws(CalibrationError) -> Result
    ) throws(CalibrationError) -> Result {
      try base.transaction(kind, body)
    }
  }

  private let folder: TemporaryFolder
  private let database: SQLiteDatabase
  private let study: Study

  init() throws {
    folder = try TemporaryFolder()
    database = try SQLiteDatabase(path: folder.path("studies.sqlite"))
    study = try SQLStudyStore(database).insert(
      StudyStoreContract.study("study"), trials: [StudyStoreContract.trial(1)])
  }

  private func version() throws -> SQLValue? {
    try database.transaction(.reading) { (session) throws(CalibrationError) in
      try session.run("SELECT version FROM vflowopt_schema", []).rows.first?.first
    }
  }

  @Test func `a later version changes the tables and keeps their content`() throws {
    let later = LaterDatabase(
      database, adding: ["ALTER TABLE vflowopt_studies ADD COLUMN note TEXT"])
    let store = try SQLStudyStore(later)
    #expect(try version() == .integer(3))
    #expect(try store.study(study.id) == study)
    #expect(try store.trials(of: study) == [StudyStoreContract.trial(1)])
    _ = try SQLStudyStore(later)
    #expect(try version() == .integer(3), "it is done once")
    #expect(
      CalibrationError.Code.thrown { _ = try SQLStudyStore(database) } == .storeUnreadable,
      "the earlier version does not touch it")
  }

  @Test func `a migration that fails leaves everything as it was`() throws {
    let later = LaterDatabase(
      database,
      adding: ["ALTER TABLE vflowopt_studies ADD COLUMN note TEXT", "DROP TABLE no_such_table"])
    #expect(CalibrationError.Code.thrown { _ = try SQLStudyStore(later) } != nil)
    #expect(try version() == .integer(2))
    #expect(try SQLStudyStore(database).study(study.id) == study)
  }
}
