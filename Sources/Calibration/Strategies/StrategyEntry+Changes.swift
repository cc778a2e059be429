internal import TokenPruning

/// A version to be written.
struct StrategyDraft {
  let id: StrategyID
  let strategy: PruningStrategy
  let provenance: StrategyProvenance?
  let promotes: Bool
}

extension StrategyEntry {
  /// How many promotions can be rolled back.
  static let longestHistory = 100

  /// A version as it is found by name; nil stands for the promoted one.
  func resolved(_ version: String?) -> ResolvedStrategy? {
    guard let version = version ?? promotions.last else { return nil }
    return resolvedVersions.first { $0.id.version == version }
  }

  /// Adds a version; answers its name.
  mutating func add(_ draft: StrategyDraft, at now: Timestamp) -> String {
    let name = draft.id.version ?? freeNumber()
    versions.append(
      StrategyVersion(
        version: name, strategy: draft.strategy, createdAt: now, provenance: draft.provenance))
    if draft.promotes || promotions.isEmpty { promote(name) }
    return name
  }

  /// The next number that no version has as its name.
  private mutating func freeNumber() -> String {
    while version(String(nextNumber)) != nil { nextNumber += 1 }
    nextNumber += 1
    return String(nextNumber - 1)
  }

  mutating func promote(_ version: String) {
    guard promotions.last != version else { return }
    promotions.append(version)
    if promotions.count > Self.longestHistory { promotions.removeFirst() }
  }

  mutating func removeAll() {
    versions = []
    promotions = []
  }

  mutating func remove(_ version: String) throws(CalibrationError) {
    guard self.version(version) != nil else { throw .strategyNotFound }
    guard promotions.last != version else {
      throw CalibrationError(
        .strategyVersionInUse, "the bare name stands for this version", field: .version)
    }
    versions.removeAll { $0.version == version }
    promotions.removeAll { $0 == version }
  }
}

extension EntityPrecondition {
  func check(_ entity: ResolvedStrategy?) throws(CalibrationError) {
    let holds =
      switch self {
      case .none: true
      case .exists: entity != nil
      case .isAbsent: entity == nil
      case .matches(let tags): entity.map { tags.contains($0.entityTag) } ?? false
      }
    guard holds else {
      throw CalibrationError(.preconditionFailed, "the strategy is not what the request expects")
    }
  }
}
