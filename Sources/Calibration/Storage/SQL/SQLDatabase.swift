/// A value of a statement or a row.
enum SQLValue: Sendable, Equatable {
  case null
  case integer(Int64)
  case text(String)
  case blob([UInt8])

  init(_ text: String?) { self = text.map(SQLValue.text) ?? .null }

  init(_ integer: Int) { self = .integer(Int64(integer)) }

  func integer() throws(CalibrationError) -> Int64 {
    guard case .integer(let value) = self else { throw DocumentReader.unreadable }
    return value
  }

  func text() throws(CalibrationError) -> String {
    guard case .text(let value) = self else { throw DocumentReader.unreadable }
    return value
  }

  func textIfPresent() throws(CalibrationError) -> String? {
    self == .null ? nil : try text()
  }

  func blob() throws(CalibrationError) -> [UInt8] {
    guard case .blob(let value) = self else { throw DocumentReader.unreadable }
    return value
  }
}

/// What a statement answered.
struct SQLResult: Sendable {
  var rows: [[SQLValue]] = []
  /// How many rows an insertion, update or deletion touched.
  var changed = 0
}

/// A connection inside a transaction.
protocol SQLSession {
  /// Runs one statement; its parameters are written `$1`, `$2`, and first occur in that order.
  ///
  /// - Parameters:
  ///   - statement: One statement, always a constant.
  ///   - parameters: Its values.
  /// - Returns: Its rows.
  /// - Throws: ``CalibrationError/Code/storeUnavailable``, or an internal ``SQLConflict``'s code.
  func run(
    _ statement: StaticString, _ parameters: [SQLValue]
  ) throws(CalibrationError) -> SQLResult
}

/// A database that runs transactions.
protocol SQLDatabase: Sendable {
  /// How this database spells what differs.
  var dialect: SQLDialect { get }

  /// Runs a body as one transaction, which is durable when this returns.
  ///
  /// The body may run more than once, each time from the start of a new transaction.
  func transaction<Result>(
    _ kind: SQLTransactionKind, _ body: (any SQLSession) throws(CalibrationError) -> Result
  ) throws(CalibrationError) -> Result
}

/// What a transaction does.
enum SQLTransactionKind: Sendable {
  case reading
  case writing
}

/// What differs between databases.
struct SQLDialect: Sendable {
  /// The statements of each schema version, from version 1.
  let migrations: [[StaticString]]
  /// Keeps others from migrating at the same time; nil where a transaction does.
  let migrationLock: StaticString?
  /// Answers a row when the table of the schema's version exists.
  let versionTable: StaticString
}
