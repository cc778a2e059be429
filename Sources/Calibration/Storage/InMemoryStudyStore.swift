internal import Locking

/// Studies that are gone when the process ends, for tests and trials without a disk.
final class InMemoryStudyStore: StudyStore {
  fileprivate struct Record: Sendable {
    var study: Study
    var trials: [Trial]
    var rowValues: [Int: RowValues] = [:]
    var baseline: [Float]?
  }

  private struct State: Sendable {
    var records: [Int64: Record] = [:]
    var serials: [StudyID: Int64] = [:]
    var lastSerial: Int64 = 0
    var strategies: [String: StrategyEntry] = [:]
  }

  private let state = Locked(State())

  /// Makes an empty store.
  init() {}

  func insert(_ study: Study, trials: [Trial]) throws(CalibrationError) -> Study {
    try state.withLock { (state) throws(CalibrationError) in
      guard state.serials[study.id] == nil else { throw .studyExists }
      var study = study
      state.lastSerial += 1
      study.serial = state.lastSerial
      state.serials[study.id] = study.serial
      state.records[study.serial] = Record(study: study, trials: trials)
      return study
    }
  }

  func studies() -> [Study] {
    state.withLock { $0.records.values.map(\.study) }
      .sorted { $0.id.description < $1.id.description }
  }

  func census() -> StoreCensus {
    state.withLock { state in
      let records = state.records.values
      let active = records.count { $0.study.state == .active }
      return StoreCensus(
        activeStudies: active, completedStudies: records.count - active,
        openTrials: records.reduce(0) { $0 + $1.trials.count { $0.state == .active } })
    }
  }

  func study(_ id: StudyID) -> Study? {
    state.withLock { state in state.serials[id].flatMap { state.records[$0]?.study } }
  }

  func replace(_ study: Study, baseline: [Float]?) -> Bool {
    state.withLock { state in
      guard var record = state.records[study.serial],
        record.study.revision == study.revision
      else { return false }
      record.study.state = study.state
      record.study.calibrationSet = study.calibrationSet
      record.study.revision += 1
      if let baseline { record.baseline = baseline }
      state.records[study.serial] = record
      return true
    }
  }

  func delete(_ study: Study) -> Bool {
    state.withLock { state in
      guard state.records.removeValue(forKey: study.serial) != nil else { return false }
      state.serials[study.id] = nil
      return true
    }
  }

  func baseline(of study: Study) -> [Float]? {
    state.withLock { $0.records[study.serial]?.baseline }
  }

  func trials(of study: Study) -> [Trial] {
    state.withLock { $0.records[study.serial]?.trials ?? [] }
  }

  func trials(of study: Study, after number: Int, limit: Int) -> [Trial] {
    Array(trials(of: study).dropFirst(max(number, 0)).prefix(limit))
  }

  func records(of study: Study, after number: Int, limit: Int) -> [TrialRecord] {
    state.withLock { state in
      guard let record = state.records[study.serial] else { return [] }
      return record.trials.dropFirst(max(number, 0)).prefix(limit).map {
        TrialRecord(trial: $0, rowValues: record.rowValues[$0.id.number])
      }
    }
  }

  func trial(_ id: TrialID, of study: Study) -> Trial? {
    state.withLock { $0.records[study.serial]?.trial(id) }
  }

  func rowValues(of trial: TrialID, in study: Study) -> RowValues? {
    state.withLock { $0.records[study.serial]?.rowValues[trial.number] }
  }

  func extend(
    _ study: Study, by additions: [TrialChange], replacing replacements: [Trial]
  ) -> Bool {
    state.withLock { state in
      guard var record = state.records[study.serial], record.study.state == .active,
        record.study.trialCount == study.trialCount,
        replacements.allSatisfy({ record.trial($0.id)?.revision == $0.revision })
      else { return false }
      for trial in replacements { record.replace(TrialChange(trial)) }
      for addition in additions {
        record.trials.append(addition.trial)
        if let values = addition.rowValues { record.rowValues[addition.trial.id.number] = values }
      }
      record.study.trialCount += additions.count
      state.records[study.serial] = record
      return true
    }
  }

  func replace(_ change: TrialChange, in study: Study) -> Bool {
    state.withLock { state in
      guard var record = state.records[study.serial],
        record.trial(change.trial.id)?.revision == change.trial.revision
      else { return false }
      record.replace(change)
      state.records[study.serial] = record
      return true
    }
  }

  func strategies() -> [StrategyEntry] {
    state.withLock { Array($0.strategies.values) }.sorted { $0.name < $1.name }
  }

  func strategy(named name: String) -> StrategyEntry? {
    state.withLock { $0.strategies[name] }
  }

  func put(_ entry: StrategyEntry) -> Bool {
    state.withLock { state in
      guard (state.strategies[entry.name]?.revision ?? 0) == entry.revision else { return false }
      var entry = entry
      entry.revision += 1
      state.strategies[entry.name] = entry
      return true
    }
  }

  func delete(_ entry: StrategyEntry) -> Bool {
    state.withLock { state in
      guard state.strategies[entry.name]?.revision == entry.revision else { return false }
      state.strategies[entry.name] = nil
      return true
    }
  }
}

extension InMemoryStudyStore.Record {
  fileprivate func trial(_ id: TrialID) -> Trial? {
    trials.indices.contains(id.number - 1) ? trials[id.number - 1] : nil
  }

  fileprivate mutating func replace(_ change: TrialChange) {
    var trial = change.trial
    trial.revision += 1
    trials[trial.id.number - 1] = trial
    if let values = change.rowValues { rowValues[trial.id.number] = values }
  }
}
