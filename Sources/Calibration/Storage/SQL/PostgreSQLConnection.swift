internal import CPostgreSQL

/// A connection to a PostgreSQL server.
///
/// Safety: the handle is closed once, when its one owner goes; one thread at a time uses it, the
/// one that took it from the pool.
@safe
final class PostgreSQLConnection: @unchecked Sendable, SQLSession {
  // @unchecked Sendable: the pool lends it to one thread at a time.
  private let handle: OpaquePointer

  /// Connects with the settings of `address`; settings it leaves open get finite patience.
  init(address: String) throws(CalibrationError) {
    // What comes before `dbname` yields to what the address says, what follows it does not.
    let settings = [
      ("connect_timeout", "5"), ("tcp_user_timeout", "10000"), ("keepalives_idle", "10"),
      ("keepalives_interval", "5"), ("keepalives_count", "3"), ("application_name", "vflowopt"),
      ("dbname", address), ("client_encoding", "UTF8"),
    ]
    let opened = unsafe CStrings.withPointers(settings.map(\.0)) { keywords in
      unsafe CStrings.withPointers(settings.map(\.1)) { values in
        // Both lists end with a null pointer and live across the call.
        unsafe PQconnectdbParams(keywords, values, 1)
      }
    }
    guard let handle = unsafe opened else {
      throw CalibrationError(.storeUnavailable, "there is no memory for a connection")
    }
    unsafe self.handle = handle
    // Messages of the server can hold what was sent to it, so they go nowhere.
    unsafe PQsetNoticeProcessor(handle, { _, _ in }, nil)
    guard isAlive else {
      throw CalibrationError(.storeUnavailable, "the database cannot be reached")
    }
    for statement: StaticString in [
      "SET synchronous_commit = on", "SET statement_timeout = '30s'", "SET lock_timeout = '10s'",
      "SET idle_in_transaction_session_timeout = '60s'",
    ] {
      _ = try run(statement, [])
    }
  }

  deinit { unsafe PQfinish(handle) }

  /// Whether the connection is open, as far as is known.
  var isAlive: Bool { unsafe PQstatus(handle) == CONNECTION_OK }

  func run(
    _ statement: StaticString, _ parameters: [SQLValue]
  ) throws(CalibrationError) -> SQLResult {
    let packed = PackedParameters(parameters)
    // The packed bytes outlive the call, which copies them; a StaticString ends with a zero byte.
    let answer = unsafe packed.bytes.withUnsafeBytes { buffer in
      let values = unsafe packed.offsets.map { offset in
        unsafe offset.flatMap {
          unsafe buffer.baseAddress?.advanced(by: $0).assumingMemoryBound(to: CChar.self)
        }
      }
      return statement.withUTF8Buffer { text in
        unsafe text.withMemoryRebound(to: CChar.self) { text in
          unsafe PQexecParams(
            handle, text.baseAddress, Int32(parameters.count), packed.types, values,
            packed.lengths, packed.formats, 1)
        }
      }
    }
    defer { unsafe PQclear(answer) }
    return unsafe try PostgreSQLAnswer(pointer: answer).result()
  }

  /// Ends a transaction; whether it took place is not known when the connection breaks here.
  func commit() throws(CalibrationError) {
    let uncertain = CalibrationError(
      .storeUncertain, "the connection broke while a change was made durable")
    do { _ = try run("COMMIT", []) } catch {
      // A refusal of the server is certain: nothing has happened.
      throw isAlive ? error : uncertain
    }
  }
}

/// Parameters in libpq's binary format, in one block of bytes.
private struct PackedParameters {
  /// Never empty, so that it has an address.
  private(set) var bytes: [UInt8] = [0]
  private(set) var offsets: [Int?] = []
  private(set) var lengths: [Int32] = []
  private(set) var types: [Oid] = []
  private(set) var formats: [Int32] = []

  init(_ parameters: [SQLValue]) {
    for parameter in parameters {
      switch parameter {
      case .null: append(nil, PostgreSQLType.text)
      case .integer(let value):
        append((0..<8).map { UInt8(truncatingIfNeeded: value >> (56 - 8 * $0)) }, .bigint)
      case .text(let text): append(Array(text.utf8), .text)
      case .blob(let content): append(content, .bytea)
      }
    }
  }

  private mutating func append(_ content: [UInt8]?, _ type: PostgreSQLType) {
    offsets.append(content.map { _ in bytes.count })
    lengths.append(Int32(clamping: content?.count ?? 0))
    types.append(type.rawValue)
    formats.append(1)
    bytes += content ?? []
  }
}

/// The types that are sent and read, by their fixed numbers in the server's catalogue.
enum PostgreSQLType: Oid {
  case bytea = 17
  case bigint = 20
  case integer = 23
  case text = 25
}

/// Lists of C strings.
private enum CStrings {
  /// Lends pointers to copies of the texts, with a null pointer behind them.
  @unsafe static func withPointers<Result>(
    _ texts: [String], _ body: ([UnsafePointer<CChar>?]) -> Result
  ) -> Result {
    var block: [CChar] = []
    var starts: [Int] = []
    for text in texts {
      starts.append(block.count)
      block += text.utf8CString
    }
    // The pointers are valid as long as the block is lent.
    return unsafe block.withUnsafeBufferPointer { buffer in
      unsafe body(starts.map { unsafe buffer.baseAddress?.advanced(by: $0) } + [nil])
    }
  }
}
