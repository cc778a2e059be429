internal import TensorCoding

/// What an evaluator is asked: one JSON object (docs/calibration.md, "Evaluators").
public struct EvaluationRequest: Sendable {
  /// What is wanted.
  enum Kind: Sendable {
    /// Measurements with a trial's strategy; of these rows, or of all.
    case trial(StudyTrial, rows: [Int]?)
    /// The vectors without pruning.
    case baseline
  }

  let study: String
  let kind: Kind

  /// The version of the protocol.
  static let protocolVersion = 1

  /// The rows that are wanted, where it is not all of them.
  var rows: [Int]? {
    guard case .trial(_, let rows) = kind else { return nil }
    return rows
  }

  /// The object on one line, without its end.
  var encoded: [UInt8] {
    var writer = JSONWriter()
    writer.object { writer in
      writer.field("protocol", Self.protocolVersion)
      switch kind {
      case .baseline:
        writer.field("kind", "baseline")
        writer.field("study", study)
      case .trial(let trial, let rows):
        writer.field("kind", "trial")
        writer.field("study", study)
        writer.field("trial", trial.id)
        writer.key("strategy")
        writer.value(trial.strategy)
        guard let rows else { return }
        writer.key("rows")
        writer.value(rows)
      }
    }
    return writer.bytes
  }
}
