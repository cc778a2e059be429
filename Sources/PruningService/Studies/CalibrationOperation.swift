import Calibration
import Telemetry
import TensorCoding
import Tensors
import TokenPruning

/// The routes of studies and stored strategies: bytes to request, request to answer.
struct CalibrationOperation: MessageOperation {
  /// What the head says.
  let call: CalibrationCall
  /// What all of these routes share.
  let desk: CalibrationDesk

  func decode(
    _ body: TensorStorage, as encoding: MessageEncoding, memory: ReferencedMemory?
  ) throws(ServiceProblem) -> CalibrationRequest {
    try CalibrationDecoder(call: call, strategies: desk.strategies, limits: desk.limits)
      .request(body, as: encoding, memory: memory)
  }

  func run(
    _ request: CalibrationRequest, checkpoint: Checkpoint
  ) throws(ServiceProblem) -> AnswerDocument {
    try checkpoint()
    let isForThisBaseline = try telling(checkpoint) { () throws(CalibrationError) in
      try hasSamplesOfBaseline(request)
    }
    guard isForThisBaseline else {
      throw .field(.root.appending("sample_ids"), "must be those of the baseline, in their order")
    }
    return try telling(checkpoint) { () throws(CalibrationError) in
      try answer(request, checkpoint)
    }
  }

  /// Runs work on the store and tells its faults as problems.
  private func telling<Result>(
    _ checkpoint: Checkpoint, _ work: () throws(CalibrationError) -> Result
  ) throws(ServiceProblem) -> Result {
    do throws(CalibrationError) { return try work() } catch {
      // The checkpoint knows why, and throws it.
      if error.code == .interrupted { try checkpoint() }
      desk.metrics.failed(error.code)
      throw ServiceProblem(error)
    }
  }

  /// Whether an outcome is about the samples of the baseline, where it says so.
  private func hasSamplesOfBaseline(
    _ request: CalibrationRequest
  ) throws(CalibrationError) -> Bool {
    guard case .outcome(_, let sampleIDs?) = request else { return true }
    return try desk.calibrator.study(study).calibrationSet?.sampleIDs == sampleIDs
  }

  private func answer(
    _ request: CalibrationRequest, _ checkpoint: Checkpoint
  ) throws(CalibrationError) -> AnswerDocument {
    switch request {
    case .plain: try plain(checkpoint)
    case .study(let id, let specification): try create(id, specification)
    case .baseline(let lastToken, let sampleIDs):
      try document(
        of: desk.calibrator.putBaseline(study, lastToken: lastToken, sampleIDs: sampleIDs))
    case .ask(let terms): try ask(terms, checkpoint)
    case .outcome(let outcome, _): try tell(outcome)
    case .report(let measurements, let rows, let leaseSeconds):
      try report(measurements, rows, leaseSeconds)
    case .imported(let trials):
      trialList(desk.told(try desk.calibrator.importTrials(trials, into: study)))
    case .publication(let request): try publish(request)
    case .strategy(let strategy): try put(strategy)
    }
  }

  /// What needs nothing but its path.
  private func plain(_ checkpoint: Checkpoint) throws(CalibrationError) -> AnswerDocument {
    let calibrator = desk.calibrator
    switch call.action {
    case .listStudies: return try listStudies()
    case .readStudy: return try document(of: calibrator.study(study))
    case .deleteStudy:
      try calibrator.deleteStudy(study)
      desk.metrics.studyDeleted()
      return .nothing
    case .completeStudy: return try document(of: calibrator.completeStudy(study))
    case .abandon:
      let abandoned = try calibrator.abandon(trial, of: study)
      desk.metrics.abandoned()
      return AnswerDocument(AnswerObject(abandoned))
    case .listTrials: return try listTrials()
    case .readTrial: return try readTrial()
    case .best: return AnswerDocument(AnswerObject(try calibrator.best(of: study)))
    case .history: return list("history", try calibrator.history(of: study), AnswerObject.init)
    case .importances: return try importances(checkpoint)
    case .pareto: return list("points", try calibrator.pareto(of: study), AnswerObject.init)
    case .export: return try export()
    case .listStrategies: return try listStrategies()
    case .deleteStrategy:
      try calibrator.deleteStrategy(strategyID, if: call.precondition)
      return .nothing
    case .promoteStrategy:
      return document(of: try calibrator.promoteStrategy(strategyID, if: call.precondition))
    case .rollBackStrategy:
      return document(of: try calibrator.rollBackStrategy(call.strategy, if: call.precondition))
    // They have bodies.
    case .createStudy, .putBaseline, .ask, .tell, .report, .importTrials, .publish, .putStrategy:
      return .nothing
    }
  }

  // MARK: What the path names

  // Checked when the head was read.
  private var study: StudyID { get throws(CalibrationError) { try StudyID(call.study) } }

  private var trial: TrialID { get throws(CalibrationError) { try TrialID(call.trial) } }

  private var strategyID: StrategyID {
    get throws(CalibrationError) { try StrategyID(call.strategy) }
  }
}

extension CalibrationOperation {
  // MARK: Studies

  private func create(
    _ id: StudyID, _ specification: StudySpecification
  ) throws(CalibrationError) -> AnswerDocument {
    let study = try desk.calibrator.createStudy(id, specification)
    desk.metrics.studyCreated()
    var document = try document(of: study)
    document.head.status = 201
    document.head.location = "/v1/studies/\(id)"
    return document
  }

  private func document(of study: Study) throws(CalibrationError) -> AnswerDocument {
    AnswerDocument(AnswerObject(study, try desk.calibrator.space(of: study)))
  }

  private func listStudies() throws(CalibrationError) -> AnswerDocument {
    var objects: [AnswerValue] = []
    for study in try desk.calibrator.studies() {
      objects.append(.object(AnswerObject(study, try desk.calibrator.space(of: study))))
    }
    var body = AnswerObject()
    body.append("studies", .list(objects))
    return AnswerDocument(body)
  }

  private func importances(_ checkpoint: Checkpoint) throws(CalibrationError) -> AnswerDocument {
    let checkpoint = checkpoint.givingWay
    let importances = try desk.calibrator.importances(of: study) { checkpoint.isInterrupted }
    return list("importances", importances) { entry in
      var object = AnswerObject()
      object.append("parameter", .string(entry.parameter.description))
      object.append("importance", .number(entry.importance))
      return object
    }
  }

  private func export() throws(CalibrationError) -> AnswerDocument {
    let export = try desk.calibrator.export(study)
    guard !call.isTable else {
      var document = AnswerDocument(AnswerObject())
      document.head.text = AnswerText(
        mediaType: "text/csv; charset=utf-8; header=present", bytes: Array(export.csv.utf8))
      return document
    }
    var body = AnswerObject(export.study, export.space)
    body.append(
      "trials",
      .list(
        export.trials.map { trial in
          var object = AnswerObject(trial)
          object.append(export.rowValues[trial.id])
          return .object(object)
        }))
    return AnswerDocument(body)
  }

  private func publish(_ request: PublishRequest) throws(CalibrationError) -> AnswerDocument {
    let answer = try desk.calibrator.publish(study, request)
    var document = document(of: answer.strategy)
    document.body.append("trial", .object(AnswerObject(answer.trial)))
    document.head.status = 201
    document.head.location = "/v1/strategies/\(answer.strategy.id)"
    return document
  }

  // MARK: Trials

  private func ask(
    _ terms: AskTerms, _ checkpoint: Checkpoint
  ) throws(CalibrationError) -> AnswerDocument {
    let start = MonotonicInstant.now
    let checkpoint = checkpoint.givingWay
    let trials = try desk.calibrator.ask(
      study, count: terms.count, clientID: terms.clientID, leaseSeconds: terms.leaseSeconds
    ) { checkpoint.isInterrupted }
    desk.metrics.asked(trials.count, nanoseconds: MonotonicInstant.now &- start)
    return trialList(trials)
  }

  private func tell(_ outcome: TrialOutcome) throws(CalibrationError) -> AnswerDocument {
    let trial = try desk.calibrator.tell(study, trial: trial, outcome)
    desk.metrics.told([trial])
    return AnswerDocument(AnswerObject(trial))
  }

  private func report(
    _ measurements: RowMeasurements, _ rows: [Int]?, _ leaseSeconds: Double?
  ) throws(CalibrationError) -> AnswerDocument {
    let answer = try desk.calibrator.report(
      study, trial: trial, rows: rows, measurements, leaseSeconds: leaseSeconds)
    if answer.shouldStop { desk.metrics.told([answer.trial]) }
    var body = AnswerObject(answer.trial)
    body.append("should_stop", .boolean(answer.shouldStop))
    return AnswerDocument(body)
  }

  private func readTrial() throws(CalibrationError) -> AnswerDocument {
    var body = AnswerObject(try desk.calibrator.trial(trial, of: study))
    body.append(try desk.calibrator.rowValues(of: trial, in: study))
    return AnswerDocument(body)
  }

  private func listTrials() throws(CalibrationError) -> AnswerDocument {
    let page = call.page
    // One more than is shown tells whether anything follows.
    var trials = try desk.calibrator.trials(
      of: study, after: page.after, limit: page.limit + 1)
    let hasMore = trials.count > page.limit
    if hasMore { trials.removeLast() }
    var document = trialList(trials)
    document.body.append(
      "next_page_token", hasMore ? trials.last.map { .string($0.id.description) } : nil)
    return document
  }

  private func trialList(_ trials: [Trial]) -> AnswerDocument {
    list("trials", trials, AnswerObject.init)
  }

  // MARK: Strategies

  private func put(_ strategy: PruningStrategy) throws(CalibrationError) -> AnswerDocument {
    let id = try strategyID
    let isNew = desk.calibrator.strategy(named: id.description) == nil
    let stored = try desk.calibrator.putStrategy(id, strategy, if: call.precondition)
    var document = document(of: stored)
    document.head.status = isNew ? 201 : 200
    document.head.location = "/v1/strategies/\(stored.id)"
    return document
  }

  private func listStrategies() throws(CalibrationError) -> AnswerDocument {
    var document = list("strategies", try desk.calibrator.strategies(), AnswerObject.init)
    document.head.isValidated = true
    return document
  }

  private func document(of resolved: ResolvedStrategy) -> AnswerDocument {
    var document = AnswerDocument(AnswerObject(resolved))
    document.head.entityTag = resolved.entityTagField
    return document
  }

  private func list<Element>(
    _ name: String, _ elements: [Element], _ object: (Element) -> AnswerObject
  ) -> AnswerDocument {
    var body = AnswerObject()
    body.append(name, .list(elements.map { .object(object($0)) }))
    return AnswerDocument(body)
  }
}

/// What the routes of studies and stored strategies share.
struct CalibrationDesk: Sendable {
  /// Does the work.
  let calibrator: Calibrator
  /// Where named strategies are found.
  let strategies: StoredStrategies
  /// Bounds on what is read.
  let limits: MessageLimits
  /// What is counted.
  let metrics: CalibrationMetrics

  init(_ calibrator: Calibrator, registry: MetricsRegistry) {
    self.calibrator = calibrator
    strategies = StoredStrategies(builtIn: BuiltInStrategies(), calibrator: calibrator)
    limits = MessageLimits()
    metrics = CalibrationMetrics(registry)
  }

  fileprivate func told(_ trials: [Trial]) -> [Trial] {
    metrics.told(trials)
    return trials
  }
}
