internal import CSQLite
internal import Glibc
internal import Locking

/// One SQLite file: one connection that writes, one that reads beside it.
///
/// The file is in write-ahead mode with full synchronisation, so that a transaction that was
/// acknowledged is on the disk. Other processes may use the file, too; whoever writes waits up to
/// ``busyMilliseconds`` for the others.
struct SQLiteDatabase: SQLDatabase {
  static let busyMilliseconds: Int32 = 10_000

  let dialect = SQLDialect.sqlite
  private let writer: Locked<SQLiteConnection>
  private let reader: Locked<SQLiteConnection>

  /// Opens or creates the file.
  init(path: String) throws(CalibrationError) {
    writer = Locked(try SQLiteConnection(path: path))
    reader = Locked(try SQLiteConnection(path: path))
  }

  func transaction<Result>(
    _ kind: SQLTransactionKind, _ body: (any SQLSession) throws(CalibrationError) -> Result
  ) throws(CalibrationError) -> Result {
    switch kind {
    case .reading:
      try reader.withLock { (connection) throws(CalibrationError) in
        try connection.transaction("BEGIN", body)
      }
    case .writing:
      try writer.withLock { (connection) throws(CalibrationError) in
        // Taking the write lock first: a transaction that reads and then writes never fails midway.
        try connection.transaction("BEGIN IMMEDIATE", body)
      }
    }
  }
}

/// A connection to a SQLite file.
///
/// Safety: the handle is closed once, when its one owner goes; ``Locked`` lets one thread at a time
/// use it.
@safe
final class SQLiteConnection: @unchecked Sendable {
  // @unchecked Sendable: it lives inside a Locked.
  private let handle: OpaquePointer

  init(path: String) throws(CalibrationError) {
    var opened: OpaquePointer?
    // The handle is written before the call returns, also when it fails.
    let code = unsafe sqlite3_open_v2(
      path, &opened, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX, nil)
    guard code == SQLITE_OK, let handle = unsafe opened else {
      unsafe sqlite3_close_v2(opened)
      throw SQLiteSession.error(code)
    }
    unsafe self.handle = handle
    unsafe sqlite3_busy_timeout(handle, SQLiteDatabase.busyMilliseconds)
    let session = unsafe SQLiteSession(handle: handle)
    let mode = try Self.retrying { () throws(CalibrationError) in
      try session.run("PRAGMA journal_mode = WAL", [])
    }
    guard mode.rows.first?.first == .text("wal") else {
      throw CalibrationError(
        .storeUnavailable, "the file system does not support a write-ahead log")
    }
    _ = try session.run("PRAGMA synchronous = FULL", [])
    _ = try session.run("PRAGMA foreign_keys = ON", [])
    _ = try session.run("PRAGMA trusted_schema = OFF", [])
  }

  deinit { unsafe sqlite3_close_v2(handle) }

  /// Runs what SQLite refuses at once, whatever its timeout, while another process does the same:
  /// two processes that turn a new file's log on would otherwise wait for each other for ever.
  static func retrying<Result>(
    pauses: Int32 = SQLiteDatabase.busyMilliseconds / 10,
    _ body: () throws(CalibrationError) -> Result
  ) throws(CalibrationError) -> Result {
    for _ in 0..<pauses {
      do { return try body() } catch {
        guard error.code == .storeBusy else { throw error }
      }
      usleep(10_000)
    }
    return try body()
  }

  func transaction<Result>(
    _ begin: StaticString, _ body: (any SQLSession) throws(CalibrationError) -> Result
  ) throws(CalibrationError) -> Result {
    // The session is used only while this connection is borrowed.
    let session = unsafe SQLiteSession(handle: handle)
    _ = try session.run(begin, [])
    let result: Result
    do { result = try body(session) } catch {
      _ = try? session.run("ROLLBACK", [])
      throw error
    }
    do { _ = try session.run("COMMIT", []) } catch {
      _ = try? session.run("ROLLBACK", [])
      throw CalibrationError(.storeUncertain, "the change could not be made durable")
    }
    return result
  }
}

/// Runs statements of a transaction.
///
/// Safety: the handle outlives the session, which no transaction lets out.
@safe
struct SQLiteSession: SQLSession {
  private let handle: OpaquePointer

  @unsafe init(handle: OpaquePointer) { unsafe self.handle = handle }

  func run(
    _ statement: StaticString, _ parameters: [SQLValue]
  ) throws(CalibrationError) -> SQLResult {
    var prepared: OpaquePointer?
    // The text of a StaticString lives for ever and ends with a zero byte.
    let code = statement.withUTF8Buffer {
      unsafe sqlite3_prepare_v2(handle, $0.baseAddress, Int32($0.count), &prepared, nil)
    }
    guard code == SQLITE_OK, let compiled = unsafe prepared else { throw Self.error(code) }
    defer { unsafe sqlite3_finalize(compiled) }
    for (index, parameter) in parameters.enumerated() {
      // The statement is not finalised before this function returns.
      let code = unsafe SQLiteRow.bind(parameter, to: compiled, at: Int32(index + 1))
      guard code == SQLITE_OK else { throw Self.error(code) }
    }
    var result = SQLResult()
    while true {
      let code = unsafe sqlite3_step(compiled)
      if code == SQLITE_DONE { break }
      guard code == SQLITE_ROW else { throw Self.error(code) }
      unsafe result.rows.append(SQLiteRow.values(of: compiled))
    }
    result.changed = Int(unsafe sqlite3_changes(handle))
    return result
  }

  /// What a result code means; paths and statements stay out of it.
  static func error(_ code: Int32) -> CalibrationError {
    switch code & 0xFF {
    case SQLITE_BUSY, SQLITE_LOCKED:
      CalibrationError(.storeBusy, "other processes held the file for too long")
    case SQLITE_CORRUPT, SQLITE_NOTADB, SQLITE_MISMATCH, SQLITE_SCHEMA:
      CalibrationError(.storeUnreadable, "the file is not an intact store")
    case SQLITE_FULL: CalibrationError(.storeUnavailable, "the disk is full")
    case SQLITE_CANTOPEN: CalibrationError(.storeUnavailable, "the file cannot be opened")
    case SQLITE_READONLY, SQLITE_PERM, SQLITE_AUTH:
      CalibrationError(.storeUnavailable, "the file cannot be written")
    default: CalibrationError(.storeUnavailable, "the store has failed")
    }
  }
}

/// Moves values between Swift and a statement.
enum SQLiteRow {
  /// Binds a value; SQLite copies it.
  @unsafe static func bind(
    _ value: SQLValue, to statement: OpaquePointer, at index: Int32
  ) -> Int32 {
    // The documented constant for "copy it now", which C spells as a cast of -1.
    let copies = unsafe unsafeBitCast(-1, to: sqlite3_destructor_type.self)
    switch value {
    case .null: return unsafe sqlite3_bind_null(statement, index)
    case .integer(let integer): return unsafe sqlite3_bind_int64(statement, index, integer)
    case .text(let text):
      return unsafe sqlite3_bind_text64(
        statement, index, text, UInt64(text.utf8.count), copies, UInt8(SQLITE_UTF8))
    case .blob(let bytes):
      guard !bytes.isEmpty else { return unsafe sqlite3_bind_zeroblob(statement, index, 0) }
      return unsafe sqlite3_bind_blob64(statement, index, bytes, UInt64(bytes.count), copies)
    }
  }

  /// The columns of the current row.
  @unsafe static func values(of statement: OpaquePointer) -> [SQLValue] {
    (0..<(unsafe sqlite3_column_count(statement))).map { column in
      // The type first: asking for the length converts a number into text.
      switch unsafe sqlite3_column_type(statement, column) {
      case SQLITE_INTEGER: return .integer(unsafe sqlite3_column_int64(statement, column))
      case SQLITE_TEXT:
        // The text stays until the next step and has as many bytes as are asked for after it.
        let start = unsafe sqlite3_column_text(statement, column)
        let text = unsafe UnsafeBufferPointer(
          start: start, count: Int(sqlite3_column_bytes(statement, column)))
        return unsafe .text(String(decoding: text, as: UTF8.self))
      case SQLITE_BLOB:
        // The bytes are valid until the next step; their number is asked for after them.
        let start = unsafe sqlite3_column_blob(statement, column)
        let bytes = unsafe UnsafeRawBufferPointer(
          start: start, count: Int(sqlite3_column_bytes(statement, column)))
        return unsafe .blob(Array(bytes))
      default: return .null
      }
    }
  }
}
