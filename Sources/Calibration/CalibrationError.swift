public import TokenPruning

/// Why a study, a trial or a named strategy cannot be used as asked, in terms a caller can act on.
public struct CalibrationError: Error, Sendable, Equatable {
  /// The kind of fault.
  public enum Code: String, Sendable, CaseIterable {
    /// A name breaks the rules of names.
    case invalidName
    /// A setting lies outside its range, or contradicts another setting.
    case valueOutOfRange
    /// A setting or tensor that this operation needs was left out.
    case missingValue
    /// No strategy within the bounds meets the token budget; see ``CalibrationError/budget``.
    case budgetInfeasible
    /// A strategy is wrong in itself; see ``CalibrationError/cause``.
    case invalidStrategy
    /// There is no study of this name.
    case studyNotFound
    /// There is a study of this name already.
    case studyExists
    /// The study is completed and takes no new trials.
    case studyCompleted
    /// The study has no trial of this number.
    case trialNotFound
    /// The trial has another outcome already, or no lease that could be given up or renewed.
    case trialAlreadyComplete
    /// Per-sample values or vectors were sent to a study that has no baseline for them.
    case baselineMissing
    /// The study has another baseline already.
    case baselineConflict
    /// A tensor or list does not have the length that the baseline fixes.
    case shapeMismatch
    /// A tensor has an element type that vectors cannot have.
    case unsupportedDType
    /// A number that must be finite is not.
    case nonFiniteValue
    /// Nothing has been measured yet.
    case nothingMeasured
    /// The best trial is not better than the default strategy, so it is not published.
    case notBetterThanDefault
    /// There is no strategy of this name or version.
    case strategyNotFound
    /// The name belongs to a strategy that comes with the service.
    case strategyReadOnly
    /// This version exists with other content; versions never change.
    case strategyVersionExists
    /// The version is what the bare name stands for, so it cannot be deleted alone.
    case strategyVersionInUse
    /// There is no earlier version to go back to.
    case nothingToRollBack
    /// The entity is not the one that the request's precondition names.
    case preconditionFailed
    /// A limit on the number of studies, trials or versions is reached.
    case limitReached
    /// Clients hold as many open trials of the study as they may.
    case tooManyOpenTrials
    /// Whoever wanted the result does not want it any more.
    case interrupted
    /// The store cannot be reached; nothing was changed.
    case storeUnavailable
    /// The connection broke while a change was being made durable: it may or may not have happened.
    case storeUncertain
    /// Others kept changing the same thing; nothing was changed, and trying again helps.
    case storeBusy
    /// The store holds something that this version cannot read.
    case storeUnreadable
  }

  /// The budgets that bounds allow.
  public struct Budget: Sendable, Equatable {
    /// The mean share of tokens that was asked for.
    public let requested: Double
    /// The smallest mean share that the bounds allow.
    public let smallest: Double
    /// The largest.
    public let largest: Double
  }

  /// The kind of fault.
  public let code: Code
  /// The setting at fault, if it is one.
  public var field: CalibrationField?
  /// The parameter at fault, where `field` is ``CalibrationField/parameters``.
  public var parameter: ParameterName?
  /// The element of a list that is at fault, counted from 0.
  public var index: Int?
  /// The trial of an import that is at fault, counted from 0.
  public var item: Int?
  /// The length that would fit.
  public var expected: Int?
  /// The length that was found.
  public var actual: Int?
  /// The state that forbids the operation.
  public var state: String?
  /// The feasible budgets, with ``Code/budgetInfeasible``.
  public var budget: Budget?
  /// What is wrong with a strategy, with ``Code/invalidStrategy``.
  public var cause: PruningError?
  /// The advantage that was not enough, with ``Code/notBetterThanDefault``.
  public var advantage: PairedAdvantage?
  /// The rule that was broken, as one constant English clause for people.
  public let rule: StaticString

  init(_ code: Code, _ rule: StaticString, field: CalibrationField? = nil) {
    self.code = code
    self.rule = rule
    self.field = field
  }

  /// Compares what was wrong and where; the rule is for people.
  public static func == (left: CalibrationError, right: CalibrationError) -> Bool {
    left.code == right.code && left.field == right.field && left.parameter == right.parameter
      && left.index == right.index && left.item == right.item && left.state == right.state
      && left.cause == right.cause
  }
}

extension CalibrationError {
  static func outOfRange(
    _ field: CalibrationField, _ rule: StaticString, parameter: ParameterName? = nil
  ) -> CalibrationError {
    var error = CalibrationError(.valueOutOfRange, rule, field: field)
    error.parameter = parameter
    return error
  }

  static func strategy(_ cause: PruningError) -> CalibrationError {
    var error = CalibrationError(
      .invalidStrategy, "the strategy is not valid", field: .strategy)
    error.cause = cause
    return error
  }

  static func length(
    _ field: CalibrationField, expected: Int, actual: Int, _ rule: StaticString
  ) -> CalibrationError {
    var error = CalibrationError(.shapeMismatch, rule, field: field)
    error.expected = expected
    error.actual = actual
    return error
  }

  static func completed(_ study: Study) -> CalibrationError {
    var error = CalibrationError(.studyCompleted, "the study takes no new trials")
    error.state = study.state.rawValue
    return error
  }

  static func closed(_ trial: Trial, _ rule: StaticString) -> CalibrationError {
    var error = CalibrationError(.trialAlreadyComplete, rule)
    error.state = trial.state.rawValue
    return error
  }

  static let studyNotFound = CalibrationError(.studyNotFound, "there is no study of this name")
  static let studyExists = CalibrationError(
    .studyExists, "there is a study of this name already", field: .name)
  static let strategyNotFound = CalibrationError(
    .strategyNotFound, "there is no strategy of this name or version", field: .name)
  static let nothingMeasured = CalibrationError(.nothingMeasured, "no trial has been measured")
  static let trialNotFound = CalibrationError(
    .trialNotFound, "the study has no trial of this number")
  static let busy = CalibrationError(.storeBusy, "others kept changing the same study")
}

/// The settings of calibration requests by their name on the wire.
public enum CalibrationField: String, Sendable, CaseIterable {
  /// The name of a study or strategy.
  case name
  /// The version of a strategy.
  case version
  /// The label of the model.
  case model
  /// The layers of the language model.
  case layers
  /// The layers before which tokens are pruned.
  case stageLayers = "stage_layers"
  /// The mean share of tokens over all layers.
  case tokenBudget = "token_budget"
  /// The bounds of the search space.
  case parameters
  /// A strategy.
  case strategy
  /// The strategy that others are compared with.
  case defaultStrategy = "default_strategy"
  /// `[rows,hidden]`, hidden states of the last token.
  case lastToken = "last_token"
  /// The sample that each row belongs to.
  case sampleIDs = "sample_ids"
  /// The value of the objective.
  case value
  /// The standard error of the value.
  case standardError = "standard_error"
  /// One value per row.
  case values
  /// The rows that values belong to.
  case rows
  /// Why a strategy could not be evaluated.
  case reason
  /// How many trials are wanted.
  case count
  /// Who asks.
  case clientID = "client_id"
  /// How long a trial stays with who asked.
  case leaseSeconds = "lease_seconds"
  /// Trials to import.
  case trials
  /// The probability that publishing demands.
  case minimumProbability = "minimum_probability"
}
