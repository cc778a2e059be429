internal import TokenPruning

extension StudyExport {
  /// One line per trial, in RFC 4180's format: numbers, states, the parameters and all ratios.
  public var csv: String {
    let names = space.bounds.keys.sorted()
    var lines = [(Self.columns + names.map(\.description)).joined(separator: ",")]
    for trial in records.lazy.map(\.trial) {
      lines.append((fields(of: trial) + names.map { value($0, trial) }).joined(separator: ","))
    }
    return lines.map { $0 + "\r\n" }.joined()
  }

  private static let columns = [
    "trial", "state", "origin", "value", "standard_error", "rows", "samples", "non_finite",
    "estimated_value", "created_at_ms", "completed_at_ms", "reason",
  ]

  private func fields(of trial: Trial) -> [String] {
    let measurement = trial.measurement
    return [
      trial.id.description, trial.state.rawValue, trial.origin.rawValue,
      Self.text(measurement?.value), Self.text(measurement?.standardError),
      Self.text(measurement?.rows), Self.text(measurement?.samples),
      Self.text(measurement?.nonFinite), Self.text(trial.estimate?.value),
      Self.text(trial.createdAt.millisecondsSince1970),
      Self.text(trial.completedAt?.millisecondsSince1970), Self.quoted(trial.reason ?? ""),
    ]
  }

  private func value(_ name: ParameterName, _ trial: Trial) -> String {
    if let stage = name.stage {
      let stages = trial.strategy.stages
      return stage < stages.count ? Self.text(stages[stage].retainRatio) : ""
    }
    switch name {
    case .globalThreshold: return Self.text(trial.strategy.globalThreshold)
    case .recyclingCellSize: return Self.text(trial.strategy.recyclingCellSize)
    default: return Self.text(trial.strategy.entropyWeight)
    }
  }

  private static func text(_ value: (some CustomStringConvertible)?) -> String {
    value.map(\.description) ?? ""
  }

  private static func quoted(_ text: String) -> String {
    guard text.contains(where: { ",\"\r\n".contains($0) }) else { return text }
    return "\""
      + text.split(separator: "\"", omittingEmptySubsequences: false)
      .joined(separator: "\"\"") + "\""
  }
}
