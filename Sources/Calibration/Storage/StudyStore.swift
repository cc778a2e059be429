/// Where studies, trials and named strategies are kept.
///
/// Every call is one small transaction, durable when it returns. What reads and then writes does
/// so by revision: a write says which revision it has seen and answers false, changing nothing,
/// when another writer was faster. So several processes can share a store without locks that
/// outlive a call. All stores pass the same contract suite.
public protocol StudyStore: Sendable {
  // MARK: Studies

  /// Adds a study and its first trials, and gives it a serial number.
  ///
  /// - Parameters:
  ///   - study: Its serial is ignored.
  ///   - trials: Numbered from 1.
  /// - Returns: The study as stored.
  /// - Throws: ``CalibrationError/Code/studyExists``, or a fault of the store.
  func insert(_ study: Study, trials: [Trial]) throws(CalibrationError) -> Study

  /// All studies, by name.
  func studies() throws(CalibrationError) -> [Study]

  /// How much there is.
  func census() throws(CalibrationError) -> StoreCensus

  /// The study of that name.
  func study(_ id: StudyID) throws(CalibrationError) -> Study?

  /// Replaces state and calibration set of a study if its revision is still the same, and raises
  /// the revision.
  ///
  /// - Parameters:
  ///   - study: The study, changed.
  ///   - baseline: The unpruned vectors, if they are new.
  /// - Returns: False when the study is gone or was changed meanwhile.
  /// - Throws: A fault of the store.
  func replace(_ study: Study, baseline: [Float]?) throws(CalibrationError) -> Bool

  /// Deletes a study and all that belongs to it; false when it is gone already.
  func delete(_ study: Study) throws(CalibrationError) -> Bool

  /// The unpruned vectors, row-major; nil when there are none.
  func baseline(of study: Study) throws(CalibrationError) -> [Float]?

  // MARK: Trials

  /// All trials of a study, by number.
  func trials(of study: Study) throws(CalibrationError) -> [Trial]

  /// Some trials of a study, by number: at most `limit` of those with higher numbers.
  func trials(
    of study: Study, after number: Int, limit: Int
  ) throws(CalibrationError) -> [Trial]

  /// Some trials of a study with their values by row, by number: at most `limit` of those with
  /// higher numbers, each as it was at one moment.
  func records(
    of study: Study, after number: Int, limit: Int
  ) throws(CalibrationError) -> [TrialRecord]

  /// One trial.
  func trial(_ id: TrialID, of study: Study) throws(CalibrationError) -> Trial?

  /// The values by row of a trial; nil when there are none.
  func rowValues(of trial: TrialID, in study: Study) throws(CalibrationError) -> RowValues?

  /// Adds trials and replaces others, all or nothing.
  ///
  /// It fails when the study has gone or is no longer active, when its number of trials is not the
  /// one in `study`, or when the revision of a replaced trial is not the one in the change.
  ///
  /// - Parameters:
  ///   - study: The study as the caller saw it.
  ///   - additions: Numbered on from its number of trials.
  ///   - replacements: Existing trials, changed; their revisions are raised.
  /// - Returns: False, with nothing changed, when another writer was faster.
  /// - Throws: A fault of the store.
  func extend(
    _ study: Study, by additions: [TrialChange], replacing replacements: [Trial]
  ) throws(CalibrationError) -> Bool

  /// Replaces a trial if its revision is still the same, and raises the revision.
  ///
  /// - Parameters:
  ///   - change: The trial, and its values by row if they are new.
  ///   - study: The study that it belongs to.
  /// - Returns: False when the trial is gone or was changed meanwhile.
  /// - Throws: A fault of the store.
  func replace(_ change: TrialChange, in study: Study) throws(CalibrationError) -> Bool

  // MARK: Strategies

  /// All named strategies, by name.
  func strategies() throws(CalibrationError) -> [StrategyEntry]

  /// The strategy of that name.
  func strategy(named name: String) throws(CalibrationError) -> StrategyEntry?

  /// Adds an entry of revision 0, or replaces the one of the same revision; raises the revision.
  func put(_ entry: StrategyEntry) throws(CalibrationError) -> Bool

  /// Deletes an entry if its revision is still the same.
  func delete(_ entry: StrategyEntry) throws(CalibrationError) -> Bool
}

/// A trial to be stored, with its values by row if they are new.
public struct TrialChange: Sendable {
  /// The trial.
  public let trial: Trial
  /// Its values by row; nil leaves those that are stored.
  public let rowValues: RowValues?

  init(_ trial: Trial, rowValues: RowValues? = nil) {
    self.trial = trial
    self.rowValues = rowValues
  }
}

/// A trial with its values by row, which belong together.
public struct TrialRecord: Sendable, Equatable {
  /// The trial.
  public let trial: Trial
  /// Its values by row; nil when there are none.
  public let rowValues: RowValues?
}

/// How much a store holds.
public struct StoreCensus: Sendable, Equatable {
  /// Studies that take new trials.
  public var activeStudies = 0
  /// Studies that do not.
  public var completedStudies = 0
  /// Trials that clients hold, those whose leases ran out included.
  public var openTrials = 0

  /// All studies.
  var studies: Int { activeStudies + completedStudies }
}
