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
    guard let field, field != .trials || item == nil else { return item == nil ? nil : root }
    let place = root.appending(field.rawValue)
    if field == .parameters, let parameter { return place.appending(parameter.description) }
    guard field.isList, let index else { return place }
    return place.appending(index)
  }

  /// The request, or the trial of an import that is at fault.
  private var root: JSONPointer {
    item.map { JSONPointer.root.appending("trials").appending($0) } ?? .root
  }

  /// The strategy at fault.
  fileprivate var strategyPlace: ItemPlace {
    var place = ItemPlace(item: root)
    place.strategy = root.appending((field ?? .strategy).rawValue)
    return place
  }
}

extension CalibrationField {
  /// Whether an index names an element of it; that of a tensor is told beside its shape.
  fileprivate var isList: Bool {
    switch self {
    case .stageLayers, .rows, .values, .sampleIDs: true
    default: false
    }
  }
}
