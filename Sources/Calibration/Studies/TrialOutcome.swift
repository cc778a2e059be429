public import Tensors
public import TokenPruning

/// What became of a trial.
public enum TrialOutcome: Sendable {
  /// The value of the objective, perhaps with its standard error.
  case value(Double, standardError: Double?)
  /// Measurements of all rows of the calibration set.
  case rows(RowMeasurements)
  /// All rows have been reported already.
  case reported
  /// The strategy cannot be evaluated, for a reason.
  case infeasible(String)

  /// Whether the measurements are in the store already.
  var isReported: Bool {
    if case .reported = self { return true }
    return false
  }
}

/// Measurements by row of the calibration set.
public enum RowMeasurements: Sendable {
  /// Similarities that the client computed, one per row; what is not finite counts as 0.
  case values([Double])
  /// `[rows,hidden]`, hidden states with pruning: the similarities are computed here.
  case lastToken(Tensor)

  /// How many rows there are.
  var count: Int {
    switch self {
    case .values(let values): values.count
    case .lastToken(let tensor): tensor.shape.dimensions.first ?? 0
    }
  }
}

/// A measurement that was made elsewhere.
public struct ImportedTrial: Sendable {
  /// The strategy; its last ratio and budget may be left out.
  public let strategy: PruningStrategy
  /// What became of it; ``TrialOutcome/reported`` is none.
  public let outcome: TrialOutcome

  /// Joins a strategy and its outcome.
  public init(strategy: PruningStrategy, outcome: TrialOutcome) {
    self.strategy = strategy
    self.outcome = outcome
  }
}

/// What a partial report is answered with.
public struct ReportAnswer: Sendable, Equatable {
  /// The trial; ``Trial/State/stopped`` if it should stop.
  public let trial: Trial
  /// Whether the trial is clearly not better than the best one, so that going on is a waste.
  public let shouldStop: Bool
}

/// An outcome that was checked and computed.
enum Evidence {
  case measurement(Measurement, RowValues?)
  case infeasible(String)
}
