internal import Locking
public import TokenPruning

/// Everything that can be done with studies and named strategies, on top of a store.
///
/// Any number of threads may call it, and any number of processes may share its store. Calls are
/// short transactions, with two exceptions that compute: ``ask(_:count:clientID:leaseSeconds:)``
/// fits a model, and telling vectors compares them. Neither holds a lock meanwhile that any other
/// study, or the lookup of a strategy, waits for; asks of one study in one process wait for each
/// other, so give them threads of their own.
///
/// ``strategy(named:)`` never touches the store: see ``refreshStrategies()``.
public final class Calibrator: Sendable {
  let store: any StudyStore
  let limits: CalibrationLimits
  let pruner: Pruner
  let catalogue: StrategyCatalogue
  private let clock: @Sendable () -> Timestamp
  // Keeps the catalogue in the order of the store: held from a write or a read of all strategies
  // until the catalogue shows it. Lookups do not wait for it.
  // A value with bytes: the thread sanitizer takes an empty one for its neighbour in memory.
  let cataloguing = Locked(false)
  /// The best trial of each study by its values, for early stopping.
  let leaders = Locked<[Int64: Leader]>([:])
  private let gates = Locked<[Int64: AskGate]>([:])

  /// How often an optimistic change is tried again before ``CalibrationError/Code/storeBusy``.
  static let attempts = 64

  /// Opens a calibrator and reads the named strategies.
  ///
  /// - Parameters:
  ///   - store: Where everything is kept.
  ///   - pruner: Compares vectors.
  ///   - limits: What may be kept.
  ///   - clock: The wall clock, for leases and dates.
  /// - Throws: A fault of the store.
  public init(
    store: any StudyStore, pruner: Pruner, limits: CalibrationLimits = CalibrationLimits(),
    clock: @escaping @Sendable () -> Timestamp
  ) throws(CalibrationError) {
    self.store = store
    self.pruner = pruner
    self.limits = limits
    self.clock = clock
    catalogue = StrategyCatalogue()
    try refreshStrategies()
  }

  var now: Timestamp { clock() }

  /// The gate through which asks of one study pass one by one.
  func gate(of study: Study) -> AskGate {
    gates.withLock { gates in
      let gate = gates[study.serial] ?? AskGate()
      gates[study.serial] = gate
      return gate
    }
  }

  func forgetGate(of study: Study) {
    gates.withLock { $0[study.serial] = nil }
  }

  /// The study of that name, or an error.
  func existing(_ id: StudyID) throws(CalibrationError) -> Study {
    guard let study = try store.study(id) else { throw .studyNotFound }
    return study
  }

  /// The trial of that number, or an error.
  func existing(_ id: TrialID, of study: Study) throws(CalibrationError) -> Trial {
    guard let trial = try store.trial(id, of: study) else { throw .trialNotFound }
    return trial
  }

  /// Changes something by revision: reads, decides, writes, and again when others were faster.
  ///
  /// - Parameter attempt: Nil when the write came too late.
  /// - Returns: What the last attempt answered.
  /// - Throws: What an attempt throws, or ``CalibrationError/Code/storeBusy``.
  func retrying<Result>(
    _ attempt: () throws(CalibrationError) -> Result?
  ) throws(CalibrationError) -> Result {
    for _ in 0..<Self.attempts {
      if let result = try attempt() { return result }
    }
    throw .busy
  }

  /// Writes a changed trial; nil when another writer was faster.
  func save(
    _ trial: Trial, rowValues: RowValues? = nil, in study: Study
  ) throws(CalibrationError) -> Trial? {
    guard try store.replace(TrialChange(trial, rowValues: rowValues), in: study) else {
      return nil
    }
    var stored = trial
    stored.revision += 1
    return stored
  }

  func checkText(_ text: String, _ field: CalibrationField) throws(CalibrationError) {
    let bytes = text.utf8
    guard !bytes.isEmpty, bytes.count <= limits.textBytes,
      bytes.allSatisfy({ $0 >= 0x20 && $0 != 0x7F })
    else {
      throw .outOfRange(
        field, "must be text of 1 to 256 bytes without control characters")
    }
  }
}

/// A trial's values by row, as of a revision.
struct Leader: Sendable {
  let trial: TrialID
  let revision: Int
  let values: RowValues

  /// Studies whose leaders are kept.
  static let maximumCount = 32
}
