internal import TensorCoding
internal import Tensors
internal import TokenPruning

// The one table from the errors of the pure modules to problems. No other file pairs them.

extension ProblemType {
  /// The problem that a fault of the method or its inputs amounts to.
  init(_ code: PruningError.Code) {
    self =
      switch code {
      case .shapeMismatch: .shapeMismatch
      case .unsupportedDType: .unsupportedDType
      case .nonFiniteValue: .nonFiniteValue
      case .valueOutOfRange, .missingValue, .missingTensor, .conflictingTensors: .valueOutOfRange
      case .budgetInfeasible: .budgetInfeasible
      // Told by its checkpoint, which knows why; nobody else can interrupt.
      case .interrupted: .internal
      }
  }
}

extension ProblemType {
  /// The problem that a fault of the bytes or values of a body amounts to.
  init(_ code: CodingError.Code) {
    self =
      switch code.fault {
      case .malformed: .malformedBody
      case .tooLarge: .contentTooLarge
      case .unsupportedDType: .unsupportedDType
      case .invalid where code == .shapeMismatch: .shapeMismatch
      case .invalid: .valueOutOfRange
      }
  }
}

extension ServiceProblem {
  /// A tensor whose shape and bytes contradict each other.
  init(_ error: TensorError, at pointer: JSONPointer) {
    let rule =
      switch error.code {
      case .negativeDimension: "a dimension is negative"
      case .sizeOverflow: "the shape's size does not fit in memory"
      case .byteCountMismatch: "the elements do not fill the shape"
      }
    self.init(
      .shapeMismatch, at: pointer, rule, extensions: [.actual(error.dimensions)])
  }

  /// A fault of a body, told where the error says or else at `place`; `tensor` is what it is in.
  init(_ error: CodingError, at place: JSONPointer? = nil, in tensor: TensorName? = nil) {
    let type = ProblemType(error.code)
    var facts: [ProblemExtension] = []
    if type == .malformedBody {
      facts.append(.format(error.format.rawValue))
      if let offset = error.offset { facts.append(.offset(offset)) }
    }
    if type == .unsupportedDType || type == .shapeMismatch, let tensor {
      facts.append(.tensor(tensor.rawValue))
    }
    if type == .unsupportedDType { facts.append(.supported(DType.allCases.map(\.rawValue))) }
    if let expected = error.expectedDimensions { facts.append(.expected(expected)) }
    if let actual = error.actualDimensions { facts.append(.actual(actual)) }
    if let index = error.index { facts.append(.index(index)) }
    let rule = error.code.rule
    if let place = error.place ?? place {
      self.init(type, at: place, rule, extensions: facts)
    } else {
      self.init(type, detail: rule, extensions: facts)
    }
  }
}

extension CodingError {
  /// Where the fault sits in the request; a tensor of a file is named by its path.
  fileprivate var place: JSONPointer? {
    if let tensor { return JSONPointer(tensorNamed: tensor) }
    return format == .safetensors || pointer == .root ? nil : pointer
  }
}

extension ServiceProblem {
  /// A fault of the method, told at the field or tensor that caused it.
  init(_ error: PruningError, at place: ItemPlace) {
    let pointer: JSONPointer =
      if let tensor = error.tensor { place.pointer(to: tensor) } else if let field = error.field {
        place.pointer(to: field, stage: error.stage)
      } else { place.item }
    self.init(
      ProblemType(error.code), at: pointer, error.explanation,
      extensions: Self.extensions(of: error))
  }

  private static func extensions(of error: PruningError) -> [ProblemExtension] {
    var facts: [ProblemExtension] = []
    if let tensor = error.tensor { facts.append(.tensor(tensor.rawValue)) }
    switch error.code {
    case .shapeMismatch:
      facts += [.expected(error.expected), .actual(error.actual)]
    case .nonFiniteValue:
      if let index = error.index { facts.append(.index(index)) }
    case .budgetInfeasible:
      guard let budget = error.budget else { break }
      facts += [
        .budgetRatio(budget.requested), .smallestRatio(budget.smallest),
        .largestRatio(budget.largest),
      ]
    case .unsupportedDType:
      facts.append(.supported(error.supported.map(\.rawValue)))
    case .valueOutOfRange, .missingValue, .missingTensor, .conflictingTensors, .interrupted: break
    }
    return facts
  }
}
