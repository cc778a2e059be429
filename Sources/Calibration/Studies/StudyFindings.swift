/// The best trial of a study, and how sure that is.
public struct BestTrial: Sendable, Equatable {
  /// The trial with the highest value; of equal ones the oldest.
  public let trial: Trial
  /// The first trial, which evaluates the default strategy.
  public let defaultTrial: Trial
  /// By how much the best is better than the default strategy; nil while that is not measured.
  public let advantage: PairedAdvantage?
  /// How many trials were measured, in full or until they were stopped.
  public let measured: Int

  /// Whether the default strategy itself is the best.
  public var isDefault: Bool { trial.id == defaultTrial.id }

  /// The trial with the highest value; of equal ones the oldest.
  static func first(of trials: [Trial]) -> Trial? {
    var best: Trial?
    for trial in trials where trial.state == .succeeded {
      guard let value = trial.measurement?.value else { continue }
      if let leader = best?.measurement?.value, leader >= value { continue }
      best = trial
    }
    return best
  }
}

/// One step of a study's history.
public struct HistoryEntry: Sendable, Equatable {
  /// The trial whose outcome came in.
  public let trial: Trial
  /// The best trial up to here.
  public let best: TrialID
  /// The best value up to here.
  public let bestValue: Double
}

/// How much the objective depends on a parameter.
public struct ParameterImportance: Sendable, Equatable {
  /// The parameter.
  public let parameter: ParameterName
  /// Its share of the variance that the model explains by single parameters, from 0 to 1.
  public let importance: Double
}

/// The best of one study among studies that can be compared with it.
public struct ParetoPoint: Sendable, Equatable {
  /// The study.
  public let study: StudyID
  /// Its token budget.
  public let tokenBudget: Double
  /// Its best trial.
  public let trial: Trial
  /// Whether no study with this budget or a smaller one has a higher value.
  public let isOptimal: Bool
}

/// All of a study.
public struct StudyExport: Sendable {
  /// The study.
  public let study: Study
  /// Its search space.
  public let space: StrategySpace
  /// All trials, by number, with their values by row where these were asked for.
  public let records: [TrialRecord]
}
