internal import Locking
internal import TokenPruning

/// The named strategies as prune traffic sees them: in memory, never waiting for the store.
final class StrategyCatalogue: Sendable {
  private let table = Locked<[String: StrategyNames]>([:])

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
    let parts = name.split(separator: "@", maxSplits: 1, omittingEmptySubsequences: false)
    guard let first = parts.first else { return nil }
    return table.withLock { table in
      let names = table[String(first)]
      return parts.count > 1 ? names?.versions[String(parts[1])] : names?.promoted
    }
  }

  /// Takes the store's entries for the truth.
  func replaceAll(with entries: [StrategyEntry]) {
    // Most entries are those of the last time: their names need no new digests.
    let known = table.withLock { $0 }
    var names: [String: StrategyNames] = [:]
    for entry in entries {
      if let same = known[entry.name], same.entry == entry {
        names[entry.name] = same
      } else {
        names[entry.name] = StrategyNames(entry)
      }
    }
    table.withLock { $0 = names }
  }

  /// Takes up an entry, whatever was known about it before.
  func update(to entry: StrategyEntry) {
    let names = StrategyNames(entry)
    table.withLock { $0[entry.name] = names }
  }
}

/// Every name that stands for a version of one entry.
struct StrategyNames: Sendable {
  let entry: StrategyEntry
  let versions: [String: ResolvedStrategy]
  let promoted: ResolvedStrategy?

  init(_ entry: StrategyEntry) {
    self.entry = entry
    let resolved = entry.resolvedVersions
    versions = Dictionary(resolved.map { ($0.id.version ?? "", $0) }) { $1 }
    promoted = resolved.first { $0.isPromoted }
  }
}

extension StrategyEntry {
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
