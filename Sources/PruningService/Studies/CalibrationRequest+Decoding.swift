import Calibration
import TensorCoding
import Tensors
import TokenPruning

/// Reads the bodies of requests about studies and strategies, from either encoding.
struct CalibrationDecoder {
  /// What the head says.
  let call: CalibrationCall
  /// Where named strategies are found.
  let strategies: any StrategyResolver
  /// Bounds on what is read.
  let limits: MessageLimits

  /// Reads a body.
  ///
  /// - Parameters:
  ///   - body: All its bytes; none where the action needs none.
  ///   - encoding: What they are.
  ///   - memory: Shared memory that tensors may lie in.
  /// - Returns: What the body says.
  /// - Throws: 400 for bytes that are not what they claim, 404 for an unknown strategy, 422 for
  ///   anything that is well-formed but wrong.
  func request(
    _ body: TensorStorage, as encoding: MessageEncoding, memory: ReferencedMemory? = nil
  ) throws(ServiceProblem) -> CalibrationRequest {
    switch call.action.bodyUse {
    case .ignored: return .plain
    case .optional where body.byteCount == 0: return .ask(AskTerms())
    case .optional, .required: break
    }
    var body = try RequestBody(
      body, as: encoding, names: call.action.tensors, limits: limits.coding, memory: memory)
    if let index = body.perItem.keys.min() {
      throw .field(.item(index), "is not part of this request")
    }
    let request = try request(&body)
    try body.fields.finish()
    return request
  }

  private func request(_ body: inout RequestBody) throws(ServiceProblem) -> CalibrationRequest {
    switch call.action {
    case .createStudy: return try body.fields.study(strategies)
    case .putBaseline:
      return .baseline(
        lastToken: try body.matrix(.lastToken, limits: limits),
        sampleIDs: try body.fields.strings("sample_ids"))
    case .ask: return .ask(try body.fields.askTerms())
    case .tell:
      let lastToken = try body.matrix(.lastToken, limits: limits)
      return .outcome(
        try body.fields.outcome(lastToken), sampleIDs: try body.fields.strings("sample_ids"))
    case .report:
      let lastToken = try body.matrix(.lastToken, limits: limits)
      return .report(
        try body.fields.measurements(lastToken), rows: try body.fields.integers("rows"),
        leaseSeconds: try body.fields.number("lease_seconds"))
    case .importTrials: return .imported(try body.fields.importedTrials(strategies))
    case .publish: return .publication(try body.fields.publication(call.precondition))
    case .putStrategy: return .strategy(try body.fields.storedStrategy(strategies))
    default: return .plain
    }
  }
}

extension CalibrationAction {
  /// The tensors that a body may have.
  fileprivate var tensors: [TensorName] {
    switch self {
    case .putBaseline, .tell, .report: [.lastToken]
    default: []
    }
  }
}

extension FieldReader {
  // MARK: Trials

  fileprivate mutating func askTerms() throws(ServiceProblem) -> AskTerms {
    var terms = AskTerms()
    terms.count = try integer("count", in: 1...MessageLimits.maximumCount) ?? terms.count
    terms.clientID = try string("client_id")
    terms.leaseSeconds = try number("lease_seconds") ?? terms.leaseSeconds
    return terms
  }

  /// Exactly one of the ways to tell what became of a trial.
  fileprivate mutating func outcome(_ lastToken: Tensor?) throws(ServiceProblem) -> TrialOutcome {
    var outcomes: [TrialOutcome] = []
    if let lastToken { outcomes.append(.rows(.lastToken(lastToken))) }
    if let values = try numbers("values") { outcomes.append(.rows(.values(values))) }
    let error = try number("standard_error")
    if let value = try number("value") {
      outcomes.append(.value(value, standardError: error))
    } else if error != nil {
      throw .field(pointer.appending("standard_error"), "belongs to value, which is missing")
    }
    let reason = try string("reason")
    if try flag("infeasible") {
      outcomes.append(.infeasible(reason ?? "the strategy could not be evaluated"))
    } else if reason != nil {
      throw .field(pointer.appending("reason"), "belongs to infeasible, which is missing")
    }
    if try flag("reported") { outcomes.append(.reported) }
    guard let outcome = outcomes.first, outcomes.count == 1 else {
      throw .field(
        pointer,
        "must have exactly one of value, values, last_token, infeasible and reported")
    }
    return outcome
  }

  fileprivate mutating func measurements(
    _ lastToken: Tensor?
  ) throws(ServiceProblem) -> RowMeasurements {
    let values = try numbers("values")
    switch (values, lastToken) {
    case (let values?, nil): return .values(values)
    case (nil, let lastToken?): return .lastToken(lastToken)
    default: throw .field(pointer, "must have exactly one of values and last_token")
    }
  }

  fileprivate mutating func importedTrials(
    _ strategies: any StrategyResolver
  ) throws(ServiceProblem) -> [ImportedTrial] {
    guard let elements = try array("trials") else { throw missing("trials") }
    var trials: [ImportedTrial] = []
    for (index, element) in elements.enumerated() {
      var fields = try FieldReader(
        element, at: pointer.appending("trials").appending(index))
      guard let strategy = try fields.strategy(from: strategies) else {
        throw fields.missing("strategy")
      }
      trials.append(
        ImportedTrial(strategy: strategy.strategy, outcome: try fields.outcome(nil)))
      try fields.finish()
    }
    return trials
  }

  // MARK: Strategies

  fileprivate mutating func publication(
    _ precondition: EntityPrecondition
  ) throws(ServiceProblem) -> PublishRequest {
    guard let name = try string("name") else { throw missing("name") }
    let version = try string("version")
    var request: PublishRequest
    do throws(CalibrationError) {
      let id =
        if let version { try StrategyID(name: name, version: version) } else {
          try StrategyID(name)
        }
      request = PublishRequest(name: id)
    } catch { throw ServiceProblem(error) }
    if let trial = try integer("trial", in: 1...MessageLimits.maximumCount) {
      do throws(CalibrationError) { request.trial = try TrialID("\(trial)") } catch {
        throw ServiceProblem(error)
      }
    }
    if let probability = try number("minimum_probability") {
      request.minimumProbability = probability
    }
    request.force = try boolean("force") ?? false
    request.promote = try boolean("promote") ?? true
    request.precondition = precondition
    return request
  }

  /// The strategy, alone or as a member.
  fileprivate mutating func storedStrategy(
    _ strategies: any StrategyResolver
  ) throws(ServiceProblem) -> PruningStrategy {
    if let choice = try strategy(from: strategies) { return choice.strategy }
    guard unreadKeys.contains("stages") else { throw missing("strategy") }
    return try strategyObject()
  }

  // MARK: Values

  private mutating func flag(_ key: String) throws(ServiceProblem) -> Bool {
    guard let flag = try boolean(key) else { return false }
    guard flag else { throw .field(pointer.appending(key), "must be true where it is given") }
    return true
  }

  /// A flat list of numbers; null stands for one that is not finite.
  mutating func numbers(_ key: String) throws(ServiceProblem) -> [Double]? {
    guard let value = value(key) else { return nil }
    let place = pointer.appending(key)
    switch value {
    case .numbers(let packed) where packed.shape.count == 1:
      let values = packed.values
      return values.indices.map { values[$0] }
    case .array(let elements):
      var numbers: [Double] = []
      for (index, element) in elements.enumerated() {
        switch element {
        case .number(let number): numbers.append(number.double)
        case .null: numbers.append(.nan)
        default: throw .field(place.appending(index), "must be a number or null")
        }
      }
      return numbers
    default: throw .field(place, "must be a list of numbers")
    }
  }

  /// A flat list of whole numbers.
  mutating func integers(_ key: String) throws(ServiceProblem) -> [Int]? {
    guard let value = value(key) else { return nil }
    switch value {
    case .numbers(let packed):
      if let integers = packed.integers { return integers }
    case .array(let elements) where elements.isEmpty: return []
    default: break
    }
    throw .field(pointer.appending(key), "must be a list of whole numbers")
  }

  /// A list of strings.
  mutating func strings(_ key: String) throws(ServiceProblem) -> [String]? {
    guard let value = value(key) else { return nil }
    let place = pointer.appending(key)
    guard case .array(let elements) = value else {
      throw .field(place, "must be a list of strings")
    }
    var strings: [String] = []
    for (index, element) in elements.enumerated() {
      guard case .string(let text) = element else {
        throw .field(place.appending(index), "must be a string")
      }
      strings.append(text)
    }
    return strings
  }
}
