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
      "postgres://\(Self.place(in: text.drop { $0 != "/" }.dropFirst(2)) ?? "…")"
    }
  }

  /// Host and database; nil where a part of a password could be taken for them.
  private static func place(in text: Substring) -> Substring? {
    let isParameter: (Character) -> Bool = { $0 == "?" || $0 == "#" }
    guard let at = text.lastIndex(of: "@") else { return text.prefix { !isParameter($0) } }
    // Parameters can hold the sign, and so can a password hold a question mark.
    guard !text[..<at].contains(where: isParameter) else { return nil }
    return text[text.index(after: at)...].prefix { !isParameter($0) }
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
