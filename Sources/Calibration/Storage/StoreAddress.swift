/// Where a store is, as it is configured.
public enum StoreAddress: Sendable, Equatable {
  /// `memory:`, gone with the process.
  case memory
  /// `sqlite:///absolute/path`.
  case sqlite(path: String)
  /// `postgres://…` or `postgresql://…`, as libpq understands it; it may hold a password.
  case postgreSQL(String)

  /// Reads an address; nil when it is none.
  public init?(_ text: String) {
    let file = "sqlite://"
    if text == "memory:" {
      self = .memory
    } else if text.hasPrefix(file) {
      let path = String(text.dropFirst(file.count))
      let isFile = path.hasPrefix("/") && !path.hasSuffix("/") && !path.utf8.contains(0)
      guard isFile, !path.contains("?"), !path.contains("#") else { return nil }
      self = .sqlite(path: path)
    } else if text.hasPrefix("postgres://") || text.hasPrefix("postgresql://") {
      guard !text.utf8.contains(0) else { return nil }
      self = .postgreSQL(text)
    } else {
      return nil
    }
  }

  /// The address without user, password and parameters, for logs.
  public var redacted: String {
    switch self {
    case .memory: "memory:"
    case .sqlite(let path): "sqlite://\(path)"
    case .postgreSQL(let text):
      "postgres://"
        + (text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: true).last.map {
          $0.drop { $0 == "/" }.split(separator: "@").last.map(String.init) ?? ""
        } ?? "").prefix { $0 != "?" }
    }
  }

  /// Opens the store and brings its tables up to date.
  public func open() throws(CalibrationError) -> any StudyStore {
    switch self {
    case .memory: return InMemoryStudyStore()
    case .sqlite(let path): return try SQLStudyStore(SQLiteDatabase(path: path))
    case .postgreSQL(let address):
      return try SQLStudyStore(PostgreSQLDatabase(address: address))
    }
  }
}
