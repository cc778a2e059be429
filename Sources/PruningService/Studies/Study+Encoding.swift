import Calibration
import FoundationEssentials
import TokenPruning

extension AnswerObject {
  /// A study; its parameters are those of its search space.
  init(_ study: Study, _ space: StrategySpace) {
    self.init()
    let (specification, shape) = (study.specification, study.specification.shape)
    append("id", .string(study.id.description))
    append("name", .string(study.id.description))
    append("state", .string(study.state.rawValue))
    append("model", specification.model.map(AnswerValue.string))
    append("layers", .integer(shape.layers))
    append("stage_layers", .list(shape.stageLayers.map(AnswerValue.integer)))
    append("token_budget", .number(shape.tokenBudget))
    append("recycling", .string(shape.recycling.rawValue))
    append("count", .string(shape.count.rawValue))
    append("seed", .integer(Int(clamping: specification.seed)))
    append("objective", .string(Study.objective))
    append("parameters", .object(AnswerObject(space)))
    append(
      "default_strategy", specification.defaultStrategy.map { .object(AnswerObject($0)) })
    append("trial_count", .integer(study.trialCount))
    append("baseline", study.calibrationSet.map { .object(AnswerObject($0)) })
    append("created_at", .moment(study.createdAt))
  }

  private init(_ space: StrategySpace) {
    self.init()
    let last = space.bounds.keys.compactMap(\.stage).max()
    for (name, bounds) in space.bounds.sorted(by: { $0.key < $1.key }) {
      var object = AnswerObject()
      object.append("lower", .number(bounds.lower))
      object.append("upper", .number(bounds.upper))
      object.append("scale", .string(bounds.scale.rawValue))
      object.append("integer", .boolean(bounds.isInteger))
      object.append("tied", name.stage == last ? .boolean(true) : nil)
      append(name.description, .object(object))
    }
  }

  private init(_ set: CalibrationSet) {
    self.init()
    append("rows", .integer(set.rows))
    append("hidden", set.hidden.map(AnswerValue.integer))
    append("samples", .integer(set.samples))
    append("digest", .string(set.digest))
  }

  /// A trial.
  init(_ trial: Trial) {
    self.init()
    append("id", .integer(trial.id.number))
    append("state", .string(trial.state.rawValue))
    append("origin", .string(trial.origin.rawValue))
    append("strategy", .object(AnswerObject(trial.strategy)))
    append(trial.measurement)
    append("estimate", trial.estimate.map { .object(AnswerObject($0)) })
    append("reason", trial.reason.map(AnswerValue.string))
    append("client_id", (trial.lease?.clientID).map(AnswerValue.string))
    append("lease_expires_at", (trial.lease?.expiresAt).map(AnswerValue.moment))
    append("reports", .integer(trial.reports))
    append("created_at", .moment(trial.createdAt))
    append("completed_at", trial.completedAt.map(AnswerValue.moment))
  }

  private init(_ measurement: Measurement) {
    self.init()
    append(measurement)
  }

  private mutating func append(_ measurement: Measurement?) {
    guard let measurement else { return }
    append("value", .number(measurement.value))
    append("standard_error", measurement.standardError.map(AnswerValue.number))
    append("rows", measurement.rows.map(AnswerValue.integer))
    append("samples", measurement.samples.map(AnswerValue.integer))
    append("non_finite", .integer(measurement.nonFinite))
  }

  /// A trial, with what was measured row by row.
  init(_ record: TrialRecord) {
    self.init(record.trial)
    guard let values = record.rowValues else { return }
    append("measured_rows", .integers(values.rows))
    append("values", .numbers(values.values))
    append("non_finite_rows", .integers(values.nonFinite))
  }

  /// The best trial, with what can be said about it.
  init(_ best: BestTrial) {
    self.init(best.trial)
    append("is_default", .boolean(best.isDefault))
    append("default_trial", .object(AnswerObject(summary: best.defaultTrial)))
    append("advantage", best.advantage.map { .object(AnswerObject($0)) })
    append("measured_trials", .integer(best.measured))
  }

  private init(summary trial: Trial) {
    self.init()
    append("id", .integer(trial.id.number))
    append("state", .string(trial.state.rawValue))
    append(trial.measurement)
  }

  init(_ advantage: PairedAdvantage) {
    self.init()
    append("mean", .number(advantage.mean))
    append("standard_error", advantage.standardError.map(AnswerValue.number))
    append("samples", .integer(advantage.samples))
    append("probability", advantage.probability.map(AnswerValue.number))
    append(
      "probability_after_selection",
      advantage.probabilityAfterSelection.map(AnswerValue.number))
    append("measured_trials", .integer(advantage.trials))
  }

  /// One step of a history.
  init(_ entry: HistoryEntry) {
    self.init()
    append("id", .integer(entry.trial.id.number))
    append("value", (entry.trial.measurement?.value).map(AnswerValue.number))
    append("standard_error", (entry.trial.measurement?.standardError).map(AnswerValue.number))
    append("completed_at", entry.trial.completedAt.map(AnswerValue.moment))
    append("best_id", .integer(entry.best.number))
    append("best_value", .number(entry.bestValue))
  }

  /// One study among those that can be compared.
  init(_ point: ParetoPoint) {
    self.init()
    append("study", .string(point.study.description))
    append("token_budget", .number(point.tokenBudget))
    append("id", .integer(point.trial.id.number))
    append("value", (point.trial.measurement?.value).map(AnswerValue.number))
    append("discrepancy", (point.trial.measurement?.value).map { .number(1 - $0) })
    append("standard_error", (point.trial.measurement?.standardError).map(AnswerValue.number))
    append("optimal", .boolean(point.isOptimal))
  }
}

extension AnswerValue {
  /// A moment as RFC 3339 text in UTC.
  static func moment(_ moment: Timestamp) -> AnswerValue {
    // Half a millisecond more, because the fraction is cut off.
    let seconds = (Double(moment.millisecondsSince1970) + 0.5) / 1000
    let date = Date(timeIntervalSince1970: seconds)
    return .string(date.formatted(Date.ISO8601FormatStyle(includingFractionalSeconds: true)))
  }
}
