import Calibration
import TokenPruning

extension AnswerObject {
  /// A named strategy, built in or stored.
  init(_ resolved: ResolvedStrategy) {
    self.init()
    append("name", .string(resolved.id.description))
    append("read_only", .boolean(resolved.isReadOnly))
    append("strategy", .object(AnswerObject(resolved.strategy)))
    append("budget", .number(resolved.strategy.meanTokenRatio))
    guard !resolved.isReadOnly else { return }
    append("version", resolved.id.version.map(AnswerValue.string))
    append("promoted", .boolean(resolved.isPromoted))
    append("created_at", resolved.createdAt.map(AnswerValue.moment))
    append("provenance", resolved.provenance.map { .object(AnswerObject($0)) })
  }

  private init(_ provenance: StrategyProvenance) {
    self.init()
    append("study", .string(provenance.study))
    append("trial", .integer(provenance.trial))
    append("model", provenance.model.map(AnswerValue.string))
    append("objective", .string(provenance.objective))
    append("data_digest", provenance.dataDigest.map(AnswerValue.string))
    append("samples", provenance.samples.map(AnswerValue.integer))
    append("seed", .integer(Int(clamping: provenance.seed)))
    append("layers", .integer(provenance.layers))
    append("token_budget", .number(provenance.tokenBudget))
    append("measured_trials", .integer(provenance.trials))
    append("value", .number(provenance.value))
    append("standard_error", provenance.standardError.map(AnswerValue.number))
    append("advantage", provenance.advantage.map { .object(AnswerObject($0)) })
    append("forced", .boolean(provenance.isForced))
  }
}

extension ResolvedStrategy {
  /// The validator of this version, in quotes.
  var entityTagField: String { "\"\(entityTag)\"" }
}
