internal import CPostgreSQL

/// Reads what the server answered.
///
/// Safety: the pointer outlives this value, which lives within one call.
@safe
struct PostgreSQLAnswer {
  private let pointer: OpaquePointer?

  @unsafe init(pointer: OpaquePointer?) { unsafe self.pointer = pointer }

  func result() throws(CalibrationError) -> SQLResult {
    let status = unsafe PQresultStatus(pointer)
    guard status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK else { throw fault }
    var result = SQLResult()
    if status == PGRES_TUPLES_OK {
      let columns = unsafe PQnfields(pointer)
      for row in 0..<(unsafe PQntuples(pointer)) {
        result.rows.append((0..<columns).map { value(row, $0) })
      }
    }
    // The text ends with a zero byte and is empty for statements that count nothing.
    result.changed = Int(unsafe String(cString: PQcmdTuples(pointer))) ?? 0
    return result
  }

  private func value(_ row: Int32, _ column: Int32) -> SQLValue {
    guard unsafe PQgetisnull(pointer, row, column) == 0 else { return .null }
    let length = Int(unsafe PQgetlength(pointer, row, column))
    // The value has `length` bytes until the answer is cleared.
    let bytes = unsafe Array(
      UnsafeRawBufferPointer(start: PQgetvalue(pointer, row, column), count: length))
    switch PostgreSQLType(rawValue: unsafe PQftype(pointer, column)) {
    case .bigint: return .integer(bytes.reduce(0) { $0 << 8 | Int64($1) })
    case .integer:
      return .integer(Int64(Int32(truncatingIfNeeded: bytes.reduce(0) { $0 << 8 | Int64($1) })))
    case .text: return .text(String(decoding: bytes, as: UTF8.self))
    case .bytea: return .blob(bytes)
    case nil: return .null
    }
  }

  /// What a refusal means, by its SQLSTATE; the server's own words stay out of it.
  private var fault: CalibrationError {
    let code = unsafe PQresultErrorField(pointer, PostgreSQLAnswer.sqlState)
    // The code is five characters with a zero byte behind them.
    let state = unsafe code.map { unsafe String(cString: $0) } ?? ""
    switch state.prefix(2) {
    case "40", "55":
      return CalibrationError(.storeBusy, "other writers held the same rows")
    case "42", "22", "23":
      return CalibrationError(.storeUnreadable, "the tables are not those of this version")
    case "28", "3D":
      return CalibrationError(.storeUnavailable, "the database refuses the login")
    case "53": return CalibrationError(.storeUnavailable, "the database is out of resources")
    case "57": return CalibrationError(.storeUnavailable, "the database ended the statement")
    case "25": return CalibrationError(.storeUnavailable, "the database is read-only")
    default: return CalibrationError(.storeUnavailable, "the database cannot be reached")
    }
  }

  /// `PG_DIAG_SQLSTATE`, a character constant.
  private static let sqlState = Int32(UInt8(ascii: "C"))
}
