internal import Locking
internal import TokenPruning

/// The named strategies as prune traffic sees them: in memory, never waiting for the store.
final class StrategyCatalogue: Sendable {
  private let table = Locked<[String: ResolvedStrategy]>([:])

  /// The strategies that come with the service, by full name.
  static let builtIn: [ResolvedStrategy] = PruningStrategy.builtIn.map { name, strategy in
    let parts = name.split(separator: "@", maxSplits: 1)
    return ResolvedStrategy(
      StrategyID(trusted: String(parts[0]), version: parts.count > 1 ? String(parts[1]) : nil),
      StrategyVersion(
        version: "", strategy: strategy, createdAt: Timestamp(millisecondsSince1970: 0),
        provenance: nil), isPromoted: false, isReadOnly: true)
  }

  /// Whether a name without version belongs to a strategy that comes with the service.
  static func isReserved(_ name: String) -> Bool { builtIn.contains { $0.id.name == name } }

  func strategy(named name: String) -> ResolvedStrategy? {
    if let found = Self.builtIn.first(where: { $0.id.description == name }) { return found }
    return table.withLock { $0[name] }
  }

  /// Takes the store's entries for the truth.
  func replaceAll(with entries: [StrategyEntry]) {
    var names: [String: ResolvedStrategy] = [:]
    for entry in entries { names.merge(entry.names) { $1 } }
    table.withLock { $0 = names }
  }

  /// Forgets all names of an entry and takes up those that it has now; nil has none.
  func update(_ name: String, to entry: StrategyEntry?) {
    let names = entry?.names ?? [:]
    table.withLock { table in
      for (key, strategy) in table where strategy.id.name == name { table[key] = nil }
      table.merge(names) { $1 }
    }
  }
}

extension StrategyEntry {
  /// Every name that stands for a version, the bare one among them.
  fileprivate var names: [String: ResolvedStrategy] {
    var names: [String: ResolvedStrategy] = [:]
    for resolved in resolvedVersions {
      names[resolved.id.description] = resolved
      if resolved.isPromoted { names[name] = resolved }
    }
    return names
  }

  /// All versions, oldest first.
  var resolvedVersions: [ResolvedStrategy] {
    versions.map { version in
      ResolvedStrategy(
        StrategyID(trusted: name, version: version.version), version,
        isPromoted: promotions.last == version.version, isReadOnly: false)
    }
  }
}

extension ResolvedStrategy {
  init(_ id: StrategyID, _ version: StrategyVersion, isPromoted: Bool, isReadOnly: Bool) {
    self.id = id
    self.isPromoted = isPromoted
    self.isReadOnly = isReadOnly
    strategy = version.strategy
    createdAt = isReadOnly ? nil : version.createdAt
    provenance = version.provenance
    var digest = ContentDigest()
    digest.append(texts: [id.description, isPromoted ? "promoted" : ""])
    digest.append(version.encoded)
    entityTag = digest.hexadecimal(16)
  }
}
