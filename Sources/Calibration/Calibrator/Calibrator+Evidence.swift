internal import Locking
internal import Tensors
internal import TokenPruning

extension Calibrator {
  func clusters(of study: Study) -> [Int] { study.calibrationSet?.clusters ?? [] }

  /// Checks an outcome and computes what it says.
  func evidence(
    of outcome: TrialOutcome, trial: TrialID, _ study: Study
  ) throws(CalibrationError) -> Evidence {
    switch outcome {
    case .infeasible(let reason):
      try checkText(reason, .reason)
      return .infeasible(reason)
    case .value(let value, let error):
      guard value.isFinite else {
        throw CalibrationError(.nonFiniteValue, "must be finite", field: .value)
      }
      guard abs(value) <= Measurement.largest else {
        throw .outOfRange(.value, "must be -1e100 to 1e100")
      }
      if let error, !(error >= 0 && error <= Measurement.largest) {
        throw .outOfRange(.standardError, "must be 0 to 1e100")
      }
      return .measurement(Measurement(value: value, standardError: error), nil)
    case .rows(let measurements):
      let set = try calibrationSet(of: study)
      let values = try rowValues(of: measurements, rows: Array(0..<set.rows), in: study)
      return .measurement(Measurement(values, clusters: set.clusters), values)
    case .reported:
      let set = try calibrationSet(of: study)
      let values = try store.rowValues(of: trial, in: study)
      guard let values, values.rows.count == set.rows else {
        throw .length(
          .rows, expected: set.rows, actual: values?.rows.count ?? 0,
          "all rows must have been reported")
      }
      return .measurement(Measurement(values, clusters: set.clusters), values)
    }
  }

  private func calibrationSet(of study: Study) throws(CalibrationError) -> CalibrationSet {
    guard let set = study.calibrationSet else {
      throw CalibrationError(
        .baselineMissing, "the study has no baseline that rows could be compared with")
    }
    return set
  }

  /// Checks measurements of some rows, and compares vectors with the baseline.
  func rowValues(
    of measurements: RowMeasurements, rows: [Int], in study: Study
  ) throws(CalibrationError) -> RowValues {
    let set = try calibrationSet(of: study)
    let order = rows.indices.sorted { rows[$0] < rows[$1] }
    for (position, index) in order.enumerated() {
      let isRepeated = position > 0 && rows[order[position - 1]] == rows[index]
      guard rows[index] >= 0, rows[index] < set.rows, !isRepeated else {
        var error = CalibrationError.outOfRange(
          .rows, "must be different rows of the calibration set")
        error.index = index
        throw error
      }
    }
    let similarities = try similarities(measurements, rows, set, study)
    return RowValues(
      rows: order.map { rows[$0] },
      values: order.map { similarities[$0].isFinite ? similarities[$0] : 0 },
      nonFinite: order.filter { !similarities[$0].isFinite }.map { rows[$0] })
  }

  /// One similarity per row; NaN where a vector is not finite.
  private func similarities(
    _ measurements: RowMeasurements, _ rows: [Int], _ set: CalibrationSet, _ study: Study
  ) throws(CalibrationError) -> [Double] {
    switch measurements {
    case .values(let values):
      guard values.count == rows.count, !values.isEmpty else {
        throw .length(
          .values, expected: rows.count, actual: values.count, "there is one value per row")
      }
      if let wild = values.firstIndex(where: { $0.isFinite && abs($0) > Measurement.largest }) {
        var error = CalibrationError.outOfRange(.values, "must be -1e100 to 1e100")
        error.index = wild
        throw error
      }
      return values
    case .lastToken(let tensor):
      guard let hidden = set.hidden, let baseline = try store.baseline(of: study) else {
        throw CalibrationError(
          .baselineMissing, "the study's baseline has no vectors to compare with")
      }
      try LastToken.check(tensor, rows: rows.count, hidden: hidden)
      return try compare(tensor, rows, baseline, hidden)
    }
  }

  private func compare(
    _ tensor: Tensor, _ rows: [Int], _ baseline: [Float], _ hidden: Int
  ) throws(CalibrationError) -> [Double] {
    guard baseline.count >= ((rows.max() ?? 0) + 1) * hidden else {
      throw CalibrationError(.storeUnreadable, "the stored baseline is too short")
    }
    let chosen = rows.flatMap { baseline[$0 * hidden..<($0 + 1) * hidden] }
    do {
      let shape = try Shape(checking: [rows.count, hidden])
      let full = try Tensor(chosen, shape: shape)
      let discrepancy = try pruner.discrepancy(full: full, pruned: tensor)
      guard discrepancy.nonFinite > 0 else { return discrepancy.similarity.map(Double.init) }
      return try rows.indices.map { (row) throws in
        let one = try Shape(checking: [1, hidden])
        let alone = try pruner.discrepancy(
          full: full[row].reshaped(one), pruned: tensor[row].reshaped(one))
        return alone.nonFinite > 0 ? .nan : Double(discrepancy.similarity[row])
      }
    } catch let error as PruningError where error.code == .interrupted {
      throw CalibrationError(.interrupted, "the work was interrupted")
    } catch {
      throw CalibrationError(
        .shapeMismatch, "must be [rows, hidden] like the baseline", field: .lastToken)
    }
  }

  /// Whether a second outcome says what the first one said.
  func isSame(
    _ evidence: Evidence, as trial: Trial, in study: Study
  ) throws(CalibrationError) -> Bool {
    switch evidence {
    case .infeasible: return trial.state == .infeasible
    case .measurement(let measurement, let values):
      guard trial.state == .succeeded, trial.measurement == measurement else { return false }
      guard let values else { return true }
      return try store.rowValues(of: trial.id, in: study) == values
    }
  }

  /// The values of the trial that others are compared with; they are read again when it changes.
  private func leaderValues(
    of best: Trial, in study: Study
  ) throws(CalibrationError) -> RowValues? {
    let known = leaders.withLock { $0[study.serial] }
    if let known, known.trial == best.id, known.revision == best.revision { return known.values }
    guard let values = try store.rowValues(of: best.id, in: study) else { return nil }
    leaders.withLock { leaders in
      if leaders.count >= Leader.maximumCount { leaders.removeAll() }
      leaders[study.serial] = Leader(trial: best.id, revision: best.revision, values: values)
    }
    return values
  }

  /// What a trial's value would be if all rows were measured; nil unless it is clearly not better
  /// than the best one, given that `earlier` rows had been looked at before.
  func estimate(
    of values: RowValues, after earlier: Int, trial: Trial, _ study: Study
  ) throws(CalibrationError) -> Measurement? {
    guard trial.origin != .defaultStrategy, let set = study.calibrationSet else { return nil }
    let rivals = try store.trials(of: study).filter {
      $0.state == .succeeded && $0.measurement?.rows == set.rows
    }
    guard let best = BestTrial.first(of: rivals), let value = best.measurement?.value,
      let other = try leaderValues(of: best, in: study)
    else { return nil }
    let difference = values.difference(to: other, clusters: set.clusters)
    let margin = EarlyStopping.margin * (best.measurement?.standardError ?? 0)
    guard
      EarlyStopping.isHopeless(difference, after: earlier, of: set.rows, margin: margin)
    else { return nil }
    let correction = EarlyStopping.correction(of: difference, rows: set.rows)
    return Measurement(
      value: value + difference.mean,
      standardError: difference.standardError.map { $0 * correction },
      rows: difference.rows, samples: difference.samples, nonFinite: values.nonFinite.count)
  }
}
