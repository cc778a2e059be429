public import TokenPruning

/// A named strategy with all its versions.
public struct StrategyEntry: Sendable, Equatable {
  /// The name without a version.
  public let name: String
  /// All versions, oldest first.
  public internal(set) var versions: [StrategyVersion]
  /// Which versions the bare name stood for, the current one last.
  public internal(set) var promotions: [String]
  /// Grows with every change; 0 for an entry that is not stored yet.
  var revision: Int
  /// The number that the next version without a name of its own gets.
  var nextNumber: Int

  /// Whether all versions are deleted.
  ///
  /// The entry stays, so that neither its revision nor the number
  /// of a version ever comes again: a late writer fails, and `name@1` means one strategy for ever.
  var isDeleted: Bool { versions.isEmpty }

  init(name: String) {
    self.name = name
    versions = []
    promotions = []
    revision = 0
    nextNumber = 1
  }

  /// The version that the bare name stands for.
  public var promoted: StrategyVersion? { promotions.last.flatMap(version) }

  /// The version of that name.
  public func version(_ version: String) -> StrategyVersion? {
    versions.first { $0.version == version }
  }
}

/// A version of a named strategy, which never changes.
public struct StrategyVersion: Sendable, Equatable {
  /// The version.
  public let version: String
  /// The strategy, with all ratios filled in.
  public let strategy: PruningStrategy
  /// When it was written.
  public let createdAt: Timestamp
  /// Which study it comes from, if it was published.
  public let provenance: StrategyProvenance?
}

/// How a published strategy was found.
public struct StrategyProvenance: Sendable, Equatable {
  /// The study.
  public let study: String
  /// The trial.
  public let trial: Int
  /// The label of the model.
  public let model: String?
  /// What was maximised.
  public let objective: String
  /// The digest of the calibration set; nil where values were told without one.
  public let dataDigest: String?
  /// How many samples it has.
  public let samples: Int?
  /// The seed of the study.
  public let seed: UInt64
  /// The layers of the language model.
  public let layers: Int
  /// The token budget.
  public let tokenBudget: Double
  /// How many trials were measured.
  public let trials: Int
  /// The value of the objective.
  public let value: Double
  /// Its standard error.
  public let standardError: Double?
  /// The advantage over the default strategy, if that was measured.
  public let advantage: PairedAdvantage?
  /// Whether it was published though it is not shown to be better than the default strategy.
  public let isForced: Bool
}

/// What a request knows about an entity that it wants to change (RFC 9110 §13.1).
public enum EntityPrecondition: Sendable, Equatable {
  /// Nothing.
  case none
  /// `If-Match: *`: it exists.
  case exists
  /// `If-Match`: it is one of these.
  case matches([String])
  /// `If-None-Match: *`: it does not exist.
  case isAbsent
}

/// A strategy as it is found by name.
public struct ResolvedStrategy: Sendable, Equatable {
  /// The name and version; a built-in strategy's name as it is published.
  public let id: StrategyID
  /// Whether it comes with the service and cannot be changed.
  public let isReadOnly: Bool
  /// Whether the bare name stands for this version.
  public let isPromoted: Bool
  /// The strategy.
  public let strategy: PruningStrategy
  /// When it was written; nil for one that comes with the service.
  public let createdAt: Timestamp?
  /// How it was found, if it was published by a study.
  public let provenance: StrategyProvenance?
  /// Changes whenever anything above does: 32 hexadecimal digits, without quotes.
  public let entityTag: String
}
