import Locking
import Testing

@testable import Calibration

/// What a store answers, whoever wrote it and whatever it has answered before.
extension StudyStoreContract {
  private func storeWithTrials(_ count: Int) throws -> (any StudyStore, Study) {
    let store = try open()
    let study = try store.insert(Self.study("study"), trials: [Self.trial(1)])
    let more = try (2..<count + 1).map { TrialChange(try Self.trial($0)) }
    #expect(try store.extend(study, by: more, replacing: []))
    return (store, try #require(try store.study(study.id)))
  }

  func pagesTrials() throws {
    let (store, study) = try storeWithTrials(7)
    let all = try store.trials(of: study)
    var pages: [Trial] = []
    while true {
      let page = try store.trials(of: study, after: pages.count, limit: 3)
      #expect(page.count == min(3, 7 - pages.count))
      guard !page.isEmpty else { break }
      pages += page
    }
    #expect(pages == all)
    #expect(try store.trials(of: study, after: 100, limit: 3).isEmpty)
    #expect(try store.trials(of: study, after: 0, limit: 100) == all)
  }

  func readsRecords() throws {
    let (store, study) = try storeWithTrials(5)
    let values = RowValues(rows: [0, 2], values: [0.5, 0.25], nonFinite: [2])
    let second = try #require(try store.trial(TrialID(number: 2), of: study))
    #expect(try store.replace(TrialChange(second, rowValues: values), in: study))
    let trials = try store.trials(of: study)
    let records = try store.records(of: study, after: 0, limit: 100)
    #expect(records.map(\.trial) == trials)
    #expect(records.map(\.rowValues) == [nil, values, nil, nil, nil])
    #expect(try store.records(of: study, after: 1, limit: 2) == Array(records[1...2]))
    #expect(try store.records(of: study, after: 5, limit: 2).isEmpty)
    #expect(try store.delete(study))
    #expect(try store.records(of: study, after: 0, limit: 100).isEmpty)
  }

  /// While reports come in, a trial and its rows are always from the same moment.
  func readsRecordsConcurrently() throws {
    let (store, study) = try storeWithTrials(1)
    let isDone = Locked(false)
    ConcurrentRuns.perform(3) { worker in
      guard worker == 0 else {
        while !isDone.withLock({ $0 }) {
          let record = try #require(try store.records(of: study, after: 0, limit: 9).first)
          #expect(record.trial.reports == record.rowValues?.rows.count ?? 0)
        }
        return
      }
      defer { isDone.withLock { $0 = true } }
      for count in 1...60 {
        var trial = try #require(try store.trial(TrialID(number: 1), of: study))
        trial.note(1)
        let rows = Array(0..<count)
        let values = RowValues(rows: rows, values: rows.map(Double.init), nonFinite: [])
        #expect(try store.replace(TrialChange(trial, rowValues: values), in: study))
      }
    }
  }

  func counts() throws {
    #expect(try open().census() == StoreCensus())
    let (store, study) = try storeWithTrials(5)
    var other = try store.insert(Self.study("other"), trials: [Self.trial(1)])
    other.state = .completed
    #expect(try store.replace(other, baseline: nil))
    for number in [2, 4] {
      var trial = try #require(try store.trial(TrialID(number: number), of: study))
      trial.hand(
        to: Trial.Lease(clientID: "c", expiresAt: Timestamp(millisecondsSince1970: 9)))
      #expect(try store.replace(TrialChange(trial), in: study))
    }
    #expect(
      try store.census()
        == StoreCensus(activeStudies: 1, completedStudies: 1, openTrials: 2))
  }

  /// Whatever a store keeps in memory, it is what stands in the database.
  func seesOthers() throws {
    let (store, study) = try storeWithTrials(40)
    let other = try open()
    #expect(try store.trials(of: study) == other.trials(of: study))
    // Few changes and many, additions among them.
    for changed in [[3], [1, 7, 40], Array(1...40)] {
      for number in changed {
        var trial = try #require(try other.trial(TrialID(number: number), of: study))
        trial.note(number)
        #expect(try other.replace(TrialChange(trial), in: study))
      }
      let now = try #require(try other.study(study.id))
      let next = TrialChange(try Self.trial(now.trialCount + 1))
      #expect(try other.extend(now, by: [next], replacing: []))
      #expect(try store.study(study.id) == other.study(study.id))
      #expect(try store.studies() == other.studies())
      let trials = try store.trials(of: study)
      #expect(try trials == other.trials(of: study))
      #expect(changed.allSatisfy { trials[$0 - 1].reports > 0 })
    }
    var completed = try #require(try other.study(study.id))
    completed.state = .completed
    completed.calibrationSet = CalibrationSet(
      rows: 3, hidden: nil, sampleIDs: ["a", "b", "a"], digest: "d")
    #expect(try other.replace(completed, baseline: [1, 2, 3]))
    #expect(try store.studies() == other.studies())
    let seen = try #require(try store.study(study.id))
    #expect(seen.state == .completed)
    #expect(seen.calibrationSet?.clusters == [0, 1, 0])
    #expect(seen.calibrationSet?.samples == 2)
    #expect(try store.baseline(of: seen) == [1, 2, 3])
    // Deleted and made again, nothing of the first one is left.
    #expect(try other.delete(seen))
    #expect(try store.study(study.id) == nil)
    let again = try other.insert(Self.study("study"), trials: [Self.trial(1)])
    #expect(try store.studies() == [again])
    #expect(try store.study(study.id) == again)
    #expect(try store.trials(of: again).count == 1)
    #expect(try store.baseline(of: again) == nil)
  }
}

extension Trial {
  /// A change that is easy to see.
  fileprivate mutating func note(_ number: Int) { reports += number }
}
