public import TokenPruning

/// One strategy of a study, evaluated once.
public struct Trial: Sendable, Equatable {
  /// Where a trial stands.
  public enum State: String, Sendable, CaseIterable {
    /// It waits to be handed out: nobody had it yet, or it was given back, or its lease ran out.
    case requested
    /// A client evaluates it.
    case active
    /// It was measured.
    case succeeded
    /// It was measured in part and is clearly not better than the best one.
    case stopped
    /// The strategy cannot be evaluated.
    case infeasible

    /// Whether an outcome is known.
    public var isComplete: Bool { self != .requested && self != .active }
  }

  /// Where a trial's strategy comes from.
  public enum Origin: String, Sendable, CaseIterable {
    /// The strategy that others are compared with.
    case defaultStrategy = "default"
    /// The optimiser.
    case suggested
    /// A measurement that was made elsewhere.
    case imported
  }

  /// A client's right to evaluate a trial undisturbed.
  public struct Lease: Sendable, Equatable {
    /// Who holds it; nil for a client without a name.
    public let clientID: String?
    /// When the trial may be given to others.
    public let expiresAt: Timestamp
  }

  /// The number.
  public let id: TrialID
  /// The strategy, with all ratios filled in.
  public let strategy: PruningStrategy
  /// Where the strategy comes from.
  public let origin: Origin
  /// When the trial was made.
  public let createdAt: Timestamp
  /// Where it stands.
  public internal(set) var state: State
  /// Who evaluates it, while it is active.
  public internal(set) var lease: Lease?
  /// What was measured: all of it when the trial has succeeded, else what was reported so far.
  public internal(set) var measurement: Measurement?
  /// What the whole trial's value would be, estimated from rows measured in part.
  public internal(set) var estimate: Measurement?
  /// When the outcome was known.
  public internal(set) var completedAt: Timestamp?
  /// Why the strategy cannot be evaluated.
  public internal(set) var reason: String?
  /// How many partial reports came in.
  public internal(set) var reports: Int
  /// How often it was handed out; asking again within a lease does not count.
  var handOuts = 0
  /// The client that gave it back last.
  var givenBackBy: String?
  /// Whether it counts as infeasible only because nobody brought an outcome.
  var isWrittenOff = false

  /// The point of the search space; nil for a strategy outside the bounds.
  let point: [Double]?
  /// Grows with every change.
  var revision: Int
}

/// The value of the objective, and how sure it is.
public struct Measurement: Sendable, Equatable {
  /// The mean over rows.
  public let value: Double
  /// Its standard error, clustered by sample; nil where it is not known.
  public let standardError: Double?
  /// How many rows were measured; nil where only the value was told.
  public let rows: Int?
  /// How many samples they belong to.
  public let samples: Int?
  /// How many rows were not finite and count as 0.
  public let nonFinite: Int

  init(
    value: Double, standardError: Double? = nil, rows: Int? = nil, samples: Int? = nil,
    nonFinite: Int = 0
  ) {
    self.value = value
    self.standardError = standardError
    self.rows = rows
    self.samples = samples
    self.nonFinite = nonFinite
  }

  /// Numbers beyond this are refused: their squares would leave the range of numbers.
  static let largest = 1e100

  /// Whether value and error are numbers that can be computed with and stored.
  var isUsable: Bool {
    abs(value) <= 4 * Self.largest && (standardError ?? 0) <= 4 * Self.largest
  }

  init(_ values: RowValues, clusters: [Int]) {
    let mean = ClusteredMean(
      values.values, clusters: values.rows.map { $0 < clusters.count ? clusters[$0] : $0 })
    self.init(
      value: mean.mean, standardError: mean.standardError, rows: mean.rows, samples: mean.samples,
      nonFinite: values.nonFinite.count)
  }
}

/// The objective by row of the calibration set; what is not finite counts as 0.
public struct RowValues: Sendable, Equatable {
  /// The rows, ascending.
  public let rows: [Int]
  /// One value per row.
  public let values: [Double]
  /// The rows that were not finite, ascending.
  public let nonFinite: [Int]

  /// These rows and those of a later report, which wins where both have one.
  func merging(_ later: RowValues) -> RowValues {
    var table: [Int: Double] = [:]
    for (row, value) in zip(rows, values) { table[row] = value }
    for (row, value) in zip(later.rows, later.values) { table[row] = value }
    let bad = Set(nonFinite).subtracting(later.rows).union(later.nonFinite)
    let rows = table.keys.sorted()
    return RowValues(
      rows: rows, values: rows.map { table[$0] ?? 0 }, nonFinite: bad.sorted())
  }

  /// The difference to other values on the rows that both have.
  func difference(to other: RowValues, clusters: [Int]) -> ClusteredMean {
    var table: [Int: Double] = [:]
    for (row, value) in zip(other.rows, other.values) { table[row] = value }
    var differences: [Double] = []
    var groups: [Int] = []
    var largest = 0.0
    for (row, value) in zip(rows, values) {
      guard let base = table[row] else { continue }
      differences.append(value - base)
      largest = max(largest, abs(value), abs(base))
      groups.append(row < clusters.count ? clusters[row] : row)
    }
    // Similarities are computed in binary32: what is smaller than its last bit is rounding.
    return ClusteredMean(differences, clusters: groups, resolution: largest * 0x1p-23)
  }
}
