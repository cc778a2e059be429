internal import Glibc
internal import Locking

/// A PostgreSQL database, shared by any number of processes.
///
/// Transactions run at "read committed": each begins with an update that names the revision it has
/// seen, which locks the row and finds nothing when another writer was faster.
struct PostgreSQLDatabase: SQLDatabase {
  let dialect = SQLDialect.postgreSQL
  private let pool: PostgreSQLPool

  /// How often a transaction is begun again after a deadlock or a broken connection.
  private static let attempts = 3

  /// Prepares connections, without making one.
  ///
  /// - Parameters:
  ///   - address: As libpq understands it.
  ///   - connections: How many may be open at the same time.
  init(address: String, connections: Int = 8) {
    pool = PostgreSQLPool(address: address, places: connections)
  }

  func transaction<Result>(
    _ kind: SQLTransactionKind, _ body: (any SQLSession) throws(CalibrationError) -> Result
  ) throws(CalibrationError) -> Result {
    var attempt = 1
    while true {
      do {
        return try pool.lend { (connection) throws(CalibrationError) in
          try Self.run(kind, body, on: connection)
        }
      } catch {
        let mayPass = error.code == .storeBusy || error.code == .storeUnavailable
        guard mayPass, error.field == nil, attempt < Self.attempts else { throw error }
        // A server that restarts needs a moment; nothing has been changed yet.
        if attempt > 1 { usleep(UInt32(attempt) * 20_000) }
        attempt += 1
      }
    }
  }

  private static func run<Result>(
    _ kind: SQLTransactionKind, _ body: (any SQLSession) throws(CalibrationError) -> Result,
    on connection: PostgreSQLConnection
  ) throws(CalibrationError) -> Result {
    // Every reading is one statement, which is a transaction by itself.
    guard kind == .writing else { return try body(connection) }
    _ = try connection.run("BEGIN", [])
    let result: Result
    do { result = try body(connection) } catch {
      _ = try? connection.run("ROLLBACK", [])
      throw error
    }
    try connection.commit()
    return result
  }
}

/// Connections that are kept open, each lent to one thread at a time.
///
/// Safety: the semaphore is made in `init`, destroyed in `deinit`, and never copied.
@safe
final class PostgreSQLPool: Sendable {
  private let address: String
  private let idle = Locked<[PostgreSQLConnection]>([])
  private nonisolated(unsafe) let places: UnsafeMutablePointer<sem_t>

  init(address: String, places count: Int) {
    self.address = address
    unsafe places = .allocate(capacity: 1)
    unsafe places.initialize(to: sem_t())
    unsafe sem_init(places, 0, UInt32(clamping: max(count, 1)))
  }

  deinit {
    unsafe sem_destroy(places)
    unsafe places.deallocate()
  }

  /// Lends a connection to a body; a broken one is not kept.
  func lend<Result>(
    _ body: (PostgreSQLConnection) throws(CalibrationError) -> Result
  ) throws(CalibrationError) -> Result {
    while unsafe sem_wait(places) != 0 {}
    defer { unsafe sem_post(places) }
    let connection = try connection()
    defer { giveBack(connection) }
    return try body(connection)
  }

  private func connection() throws(CalibrationError) -> PostgreSQLConnection {
    if let kept = idle.withLock({ $0.popLast() }) { return kept }
    return try PostgreSQLConnection(address: address)
  }

  private func giveBack(_ connection: PostgreSQLConnection) {
    // When one connection has broken, those that idle probably have, too.
    let isAlive = connection.isAlive
    let broken = idle.withLock { idle in
      if isAlive {
        idle.append(connection)
        return [] as [PostgreSQLConnection]
      }
      defer { idle = [] }
      return idle
    }
    // They are closed here, outside the lock.
    _ = consume broken
  }
}
