import Calibration
import TensorCoding
import Tensors
import TokenPruning

// The one table from the errors of calibration to problems.

extension ProblemType {
  /// The problem that a fault of a study, a trial, a stored strategy or the store amounts to.
  init(_ code: CalibrationError.Code) {
    self =
      switch code {
      case .invalidName, .valueOutOfRange, .missingValue, .invalidStrategy: .valueOutOfRange
      case .budgetInfeasible: .budgetInfeasible
      case .studyNotFound: .studyNotFound
      case .studyExists: .studyExists
      case .studyCompleted, .baselineConflict: .studyImmutable
      case .trialNotFound, .nothingMeasured: .trialNotFound
      case .trialAlreadyComplete: .trialAlreadyComplete
      case .baselineMissing: .baselineMissing
      case .shapeMismatch: .shapeMismatch
      case .unsupportedDType: .unsupportedDType
      case .nonFiniteValue: .nonFiniteValue
      case .notBetterThanDefault: .notBetterThanDefault
      case .strategyNotFound: .notFound
      case .strategyReadOnly, .strategyVersionExists, .strategyVersionInUse, .nothingToRollBack:
        .strategyImmutable
      case .preconditionFailed: .preconditionFailed
      case .limitReached, .tooManyOpenTrials: .limitReached
      case .storeUnavailable, .storeUncertain, .storeBusy: .storeUnavailable
      // Told by its checkpoint, which knows why; nobody else can interrupt.
      case .interrupted, .storeUnreadable: .internal
      }
  }
}

extension ServiceProblem {
  /// A fault of calibration, told at the field or tensor that caused it.
  init(_ error: CalibrationError) {
    if let cause = error.cause {
      self.init(cause, at: error.strategyPlace)
      return
    }
    let type = ProblemType(error.code)
    let facts = Self.extensions(of: error)
    let rule = "\(error.rule)"
    if let pointer = error.pointer, type.status == 422 {
      self.init(type, at: pointer, rule, extensions: facts)
    } else {
      self.init(
        type, detail: rule, extensions: facts,
        retryAfterSeconds: type == .storeUnavailable ? 1 : nil)
    }
  }

  private static func extensions(of error: CalibrationError) -> [ProblemExtension] {
    var facts: [ProblemExtension] = []
    if let state = error.state { facts.append(.state(state)) }
    if error.field == .lastToken, let tensor = error.field {
      facts.append(.tensor(tensor.rawValue))
    }
    if error.code == .unsupportedDType { facts.append(.supported(["F32", "F16", "BF16"])) }
    if error.code == .shapeMismatch {
      if let expected = error.expected { facts.append(.expected([expected])) }
      if let actual = error.actual { facts.append(.actual([actual])) }
    }
    if error.code == .nonFiniteValue, let index = error.index { facts.append(.index(index)) }
    if let budget = error.budget {
      facts += [
        .budgetRatio(budget.requested), .smallestRatio(budget.smallest),
        .largestRatio(budget.largest),
      ]
    }
    if let advantage = error.advantage {
      facts.append(.advantage(advantage.mean))
      if let probability = advantage.probability { facts.append(.probability(probability)) }
    }
    return facts
  }
}

extension CalibrationError {
  /// Where the fault sits in the request.
  fileprivate var pointer: JSONPointer? {
    guard code != .budgetInfeasible else { return JSONPointer.root.appending("token_budget") }
    guard let field else { return imported }
    if field == .parameters, let parameter {
      return JSONPointer.root.appending(field.rawValue).appending(parameter.description)
    }
    let isElement = field == .stageLayers || field == .rows || field == .sampleIDs
    let place = JSONPointer.root.appending(field.rawValue)
    if field == .trials, let index { return place.appending(index) }
    guard isElement, let index else { return place }
    return place.appending(index)
  }

  private var imported: JSONPointer? {
    index.map { JSONPointer.root.appending("trials").appending($0) }
  }

  /// The strategy at fault.
  fileprivate var strategyPlace: ItemPlace {
    let item =
      index.map { JSONPointer.root.appending("trials").appending($0) } ?? JSONPointer.root
    var place = ItemPlace(item: item)
    place.strategy = item.appending((field ?? .strategy).rawValue)
    return place
  }
}
