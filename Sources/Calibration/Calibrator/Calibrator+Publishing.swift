/// What is to be published, and on what terms.
public struct PublishRequest: Sendable {
  /// The name, perhaps with a version; without one the next number is the version.
  public var name: StrategyID
  /// The trial; nil stands for the best one.
  public var trial: TrialID?
  /// How probable an advantage over the default strategy has to be, given how many trials the
  /// winner was picked from: see ``PairedAdvantage/probabilityAfterSelection``.
  public var minimumProbability = 0.95
  /// Whether to publish a trial that is not shown to be better than the default strategy.
  public var force = false
  /// Whether the bare name stands for the new version at once.
  public var promote = true
  /// What the client knows about the strategy of that very name.
  public var precondition = EntityPrecondition.none

  /// Publishes the best trial under a name, on the usual terms.
  public init(name: StrategyID) { self.name = name }
}

/// What was published.
public struct PublishAnswer: Sendable, Equatable {
  /// The version.
  public let strategy: ResolvedStrategy
  /// The trial that it comes from, compared with the default strategy.
  public let trial: BestTrial
}

extension Calibrator {
  /// Makes a trial's strategy a version of a named strategy, with its provenance.
  ///
  /// - Parameters:
  ///   - id: The study.
  ///   - request: The name and the terms.
  /// - Returns: The version.
  /// - Throws: ``CalibrationError/Code/notBetterThanDefault`` unless forced,
  ///   ``CalibrationError/Code/nothingMeasured``, ``CalibrationError/Code/trialNotFound``,
  ///   ``CalibrationError/Code/valueOutOfRange``, or as ``putStrategy(_:_:if:)``.
  @discardableResult
  public func publish(
    _ id: StudyID, _ request: PublishRequest
  ) throws(CalibrationError) -> PublishAnswer {
    guard request.minimumProbability >= 0, request.minimumProbability <= 1 else {
      throw .outOfRange(.minimumProbability, "must be 0 to 1")
    }
    let study = try existing(id)
    let trials = try store.trials(of: study)
    let chosen = try chosen(request.trial, of: trials)
    let best = try comparison(of: chosen, study, trials)
    let fault = best.refusal(minimumProbability: request.minimumProbability)
    if let fault, !request.force { throw fault }
    let strategy = try write(
      StrategyDraft(
        id: request.name, strategy: chosen.strategy,
        provenance: StrategyProvenance(study, best, isForced: fault != nil),
        promotes: request.promote),
      if: request.precondition)
    return PublishAnswer(strategy: strategy, trial: best)
  }

  private func chosen(_ id: TrialID?, of trials: [Trial]) throws(CalibrationError) -> Trial {
    guard let id else {
      guard let best = BestTrial.first(of: trials) else { throw .nothingMeasured }
      return best
    }
    guard let trial = trials.first(where: { $0.id == id }) else { throw .trialNotFound }
    guard trial.state == .succeeded else {
      throw CalibrationError(.nothingMeasured, "the trial has not been measured")
    }
    return trial
  }
}

extension BestTrial {
  /// With fewer samples nothing is shown, however alike they are.
  private static var fewestSamples: Int { 4 }

  /// Why the trial should not be published; nil when it may be.
  func refusal(minimumProbability: Double) -> CalibrationError? {
    func refusal(_ rule: StaticString) -> CalibrationError {
      var error = CalibrationError(.notBetterThanDefault, rule)
      error.advantage = advantage
      return error
    }
    if isDefault { return refusal("the default strategy itself is the best") }
    guard let advantage else { return refusal("the default strategy has not been measured") }
    guard advantage.mean > 0 else {
      return refusal("the trial is not better than the default strategy")
    }
    guard let probability = advantage.probabilityAfterSelection else {
      return refusal("nothing is known about how sure the advantage is")
    }
    guard advantage.samples == 0 || advantage.samples >= Self.fewestSamples else {
      return refusal("an advantage on fewer than 4 samples shows nothing")
    }
    return probability >= minimumProbability
      ? nil : refusal("the trial may be better than the default strategy by chance")
  }
}

extension StrategyProvenance {
  init(_ study: Study, _ best: BestTrial, isForced: Bool) {
    self.study = study.id.description
    trial = best.trial.id.number
    model = study.specification.model
    objective = Study.objective
    dataDigest = study.calibrationSet?.digest
    samples = study.calibrationSet?.samples
    seed = study.specification.seed
    layers = study.specification.shape.layers
    tokenBudget = study.specification.shape.tokenBudget
    trials = best.measured
    value = best.trial.measurement?.value ?? 0
    standardError = best.trial.measurement?.standardError
    advantage = best.advantage
    self.isForced = isForced
  }
}
