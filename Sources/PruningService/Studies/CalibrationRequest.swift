import Calibration
import Tensors
import TokenPruning

/// What the body of a request about studies or strategies says.
enum CalibrationRequest: Sendable {
  /// Nothing: the path says it all.
  case plain
  /// A new study.
  case study(StudyID, StudySpecification)
  /// The hidden states that pruning is measured against.
  case baseline(lastToken: Tensor?, sampleIDs: [String]?)
  /// Trials are wanted.
  case ask(AskTerms)
  /// What became of a trial.
  case outcome(TrialOutcome, sampleIDs: [String]?)
  /// What was measured of a trial so far.
  case report(RowMeasurements, rows: [Int]?, leaseSeconds: Double?)
  /// Trials that were measured elsewhere.
  case imported([ImportedTrial])
  /// A best trial is to become a strategy.
  case publication(PublishRequest)
  /// A strategy is to be stored.
  case strategy(PruningStrategy)
}

/// Who wants how many trials for how long.
struct AskTerms: Sendable, Equatable {
  /// How many trials the client wants to hold.
  var count = 1
  /// Who asks; nil is always a new client.
  var clientID: String?
  /// How long they are the client's.
  var leaseSeconds = 3600.0
}
