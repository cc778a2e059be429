/// How much one calibrator keeps; each limit stops a request before the store grows.
public struct CalibrationLimits: Sendable, Equatable {
  /// Studies in the store.
  public var studies = 1000
  /// Trials of one study.
  public var trials = 10_000
  /// Trials of one study that are handed out at the same time.
  public var openTrials = 1000
  /// Trials that one call may ask for or import.
  public var trialsPerCall = 1000
  /// Trials that one call may newly suggest, so that no call takes the processor for long.
  public var suggestionsPerCall = 16
  /// How often a trial is handed out; without an outcome by then it counts as infeasible.
  public var handOuts = 8
  /// Rows of a calibration set.
  public var rows = 1 << 17
  /// Values by row that all trials of a study may have together.
  public var measuredValues = 1 << 26
  /// Values by row that one export holds.
  public var exportedValues = 1 << 22
  /// Elements of a baseline.
  public var baselineElements = 1 << 26
  /// Named strategies in the store.
  public var strategies = 1000
  /// Versions of one named strategy.
  public var versions = 1000
  /// Bytes of a client's name, a model's label, a sample's name or a reason.
  public var textBytes = 256
  /// The longest lease.
  public var leaseSeconds = 7 * 86_400.0

  /// Trials that are read at a time together with their values by row.
  func recordsPerRead(of study: Study) -> Int {
    min(max((1 << 18) / max(study.calibrationSet?.rows ?? 1, 1), 1), 256)
  }

  /// Trials that a study may have, given how many values each has.
  func trials(of study: Study) -> Int {
    min(trials, max(measuredValues / max(study.calibrationSet?.rows ?? 1, 1), 1))
  }

  /// Starts from the defaults.
  public init() {}
}
