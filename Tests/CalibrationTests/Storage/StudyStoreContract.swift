import Synchronization
import Testing
import TokenPruning

@testable import Calibration

/// What every store has to do; one suite per store runs all of it.
struct StudyStoreContract {
  /// Opens the store; a second call opens the same content again, or shares it.
  let open: () throws -> any StudyStore

  static let checks: [String: @Sendable (StudyStoreContract) throws -> Void] = [
    "keeps a study as it was": { try $0.keepsStudies() },
    "refuses a second study of a name": { try $0.refusesTwins() },
    "lists studies by name": { try $0.listsStudies() },
    "replaces a study by revision": { try $0.replacesStudies() },
    "deletes all that belongs to a study": { try $0.deletesStudies() },
    "keeps trials and their rows exactly": { try $0.keepsTrials() },
    "extends a study all or nothing": { try $0.extendsStudies() },
    "refuses to extend a completed study": { try $0.refusesCompleted() },
    "replaces a trial by revision": { try $0.replacesTrials() },
    "keeps strategies by revision": { try $0.keepsStrategies() },
    "answers nil for what there is not": { try $0.answersNil() },
    "lists trials page by page": { try $0.pagesTrials() },
    "reads trials and their rows as they belong together": { try $0.readsRecords() },
    "keeps trials and their rows together while both change": {
      try $0.readsRecordsConcurrently()
    },
    "counts what it holds": { try $0.counts() },
    "answers what others have changed": { try $0.seesOthers() },
    "gives concurrent extensions one winner each": { try $0.countsConcurrently() },
    "loses no trial when clients ask and tell at once": { try $0.asksConcurrently() },
  ]

  /// The names of all checks, for a test's arguments.
  static let names = checks.keys.sorted()

  func run(_ name: String) throws { try Self.checks[name]?(self) }

  // MARK: Samples

  static func study(_ name: String) throws -> Study {
    let shape = StrategyShape(
      layers: 28, stageLayers: [9, 18], tokenBudget: 0.1 + 0.2, recycling: .grid, count: .exact)
    let space = try StrategySpace(shape)
    return Study(
      id: try StudyID(name),
      specification: StudySpecification(
        model: "a \"model\" ünïcode\\", shape: shape, seed: .max - 1,
        parameters: [
          .globalThreshold: ParameterBounds(1e-300, 1.0 / 3, scale: .logarithmic),
          .recyclingCellSize: ParameterBounds(4, 8, isInteger: true),
        ], defaultStrategy: DefaultBounds.strategy(in: space)),
      createdAt: Timestamp(millisecondsSince1970: 1_700_000_000_123), state: .active,
      trialCount: 1, serial: 0, revision: 1)
  }

  static func trial(_ number: Int) throws -> Trial {
    let space = try StrategySpace(study("x").specification.shape)
    let point = [0.1, 1.0 / 3, 1.000000059604644775390625, .leastNonzeroMagnitude, -0.7]
    return Trial(
      id: TrialID(number: number), strategy: space.strategy(at: [0.1, 0.3, 10, 7, -0.1]),
      origin: .suggested, createdAt: Timestamp(millisecondsSince1970: 5), state: .requested,
      reports: 0, point: point, revision: 1)
  }

  /// Stores a study with one trial.
  private func stored(_ store: any StudyStore, _ name: String = "study") throws -> Study {
    try store.insert(Self.study(name), trials: [Self.trial(1)])
  }

  // MARK: Studies

  private func keepsStudies() throws {
    let study = try stored(open())
    #expect(study.serial != 0)
    let found = try #require(try open().study(study.id))
    #expect(found == study)
    #expect(found.specification == (try Self.study("study").specification))
  }

  private func refusesTwins() throws {
    let store = try open()
    _ = try stored(store)
    let code = CalibrationError.Code.thrown { _ = try stored(store) }
    #expect(code == .studyExists)
    #expect(try store.studies().count == 1)
  }

  private func listsStudies() throws {
    let store = try open()
    for name in ["b", "a", "C", "a.1"] { _ = try stored(store, name) }
    #expect(try store.studies().map(\.id.description) == ["C", "a", "a.1", "b"])
  }

  private func replacesStudies() throws {
    let store = try open()
    var study = try stored(store)
    study.calibrationSet = CalibrationSet(
      rows: 2, hidden: 3, sampleIDs: ["a", "a"], digest: "00ff")
    let baseline: [Float] = [1, -0.0, .leastNonzeroMagnitude, 1.0e30, 0.1, .pi]
    #expect(try store.replace(study, baseline: baseline))
    #expect(try store.replace(study, baseline: [1]) == false, "the revision is old")
    let found = try #require(try store.study(study.id))
    #expect(found.calibrationSet == study.calibrationSet)
    #expect(found.revision == study.revision + 1)
    #expect(try store.baseline(of: found)?.map(\.bitPattern) == baseline.map(\.bitPattern))
    var completed = found
    completed.state = .completed
    #expect(try store.replace(completed, baseline: nil))
    #expect(try store.study(study.id)?.state == .completed)
    #expect(try store.baseline(of: found)?.count == 6, "it stays where none is given")
  }

  private func deletesStudies() throws {
    let store = try open()
    let study = try stored(store)
    let rows = RowValues(rows: [0], values: [1], nonFinite: [])
    #expect(
      try store.extend(study, by: [TrialChange(Self.trial(2), rowValues: rows)], replacing: []))
    #expect(try store.delete(study))
    #expect(try store.delete(study) == false)
    #expect(try store.study(study.id) == nil)
    #expect(try store.trials(of: study).isEmpty)
    #expect(try store.rowValues(of: TrialID(number: 2), in: study) == nil)
    let next = try stored(store)
    #expect(next.serial != study.serial, "a late writer of the old study finds nothing")
    #expect(try store.extend(study, by: [TrialChange(Self.trial(2))], replacing: []) == false)
    #expect(try store.replace(TrialChange(Self.trial(1)), in: study) == false)
    #expect(try store.replace(study, baseline: nil) == false)
  }

  // MARK: Trials

  private func keepsTrials() throws {
    let store = try open()
    let study = try stored(store)
    var trial = try Self.trial(2)
    trial.hand(
      to: .init(clientID: "client 'x'", expiresAt: Timestamp(millisecondsSince1970: .max / 2)))
    let rows = RowValues(
      rows: [0, 3, 70_000], values: [0.1, -1.0 / 3, 0], nonFinite: [70_000])
    trial.measurement = Measurement(rows, clusters: [0, 1, 2, 3])
    trial.reports = 7
    (trial.handOuts, trial.givenBackBy, trial.isWrittenOff) = (3, "client 'y'", true)
    #expect(
      try store.extend(study, by: [TrialChange(trial, rowValues: rows)], replacing: []))
    #expect(try store.trial(trial.id, of: study) == trial)
    #expect(try store.rowValues(of: trial.id, in: study) == rows)
    #expect(try store.trials(of: study) == [Self.trial(1), trial])
    trial.stop(
      estimating: Measurement(value: 0.2, standardError: 1e-17),
      at: Timestamp(millisecondsSince1970: 9))
    trial.reason = "a\u{0} b\n\"c\" – 😀"
    #expect(try store.replace(TrialChange(trial), in: study))
    trial.revision += 1
    #expect(try open().trial(trial.id, of: study) == trial)
    #expect(try store.rowValues(of: trial.id, in: study) == rows, "they stay where none are given")
  }

  private func extendsStudies() throws {
    let store = try open()
    var study = try stored(store)
    var first = try Self.trial(1)
    first.hand(to: .init(clientID: nil, expiresAt: Timestamp(millisecondsSince1970: 10)))
    let additions = try [TrialChange(Self.trial(2)), TrialChange(Self.trial(3))]
    #expect(try store.extend(study, by: additions, replacing: [first]))
    #expect(try store.extend(study, by: additions, replacing: []) == false, "the count is old")
    study = try #require(try store.study(study.id))
    #expect(study.trialCount == 3)
    let late = try store.extend(study, by: [TrialChange(Self.trial(4))], replacing: [first])
    #expect(late == false, "the revision of the first trial is old")
    #expect(try store.study(study.id)?.trialCount == 3, "nothing of it has happened")
    #expect(try store.trials(of: study).map(\.id.number) == [1, 2, 3])
    #expect(try store.trial(first.id, of: study)?.state == .active)
  }

  private func refusesCompleted() throws {
    let store = try open()
    var study = try stored(store)
    study.state = .completed
    #expect(try store.replace(study, baseline: nil))
    #expect(try store.extend(study, by: [TrialChange(Self.trial(2))], replacing: []) == false)
    var trial = try Self.trial(1)
    trial.succeed(with: Measurement(value: 1), at: Timestamp(millisecondsSince1970: 1))
    #expect(try store.replace(TrialChange(trial), in: study), "open trials are still told")
  }

  private func replacesTrials() throws {
    let store = try open()
    let study = try stored(store)
    var trial = try Self.trial(1)
    trial.fail(because: "no", at: Timestamp(millisecondsSince1970: 1))
    let rows = RowValues(rows: [1], values: [0.5], nonFinite: [])
    #expect(try store.replace(TrialChange(trial, rowValues: rows), in: study))
    let other = RowValues(rows: [1], values: [0.7], nonFinite: [])
    #expect(try store.replace(TrialChange(trial, rowValues: other), in: study) == false)
    #expect(try store.rowValues(of: trial.id, in: study) == rows)
    trial.revision += 1
    #expect(try store.replace(TrialChange(trial, rowValues: other), in: study))
    #expect(try store.rowValues(of: trial.id, in: study) == other)
    #expect(try store.replace(TrialChange(Self.trial(9)), in: study) == false)
  }

  // MARK: Strategies

  private func keepsStrategies() throws {
    let store = try open()
    let space = try StrategySpace(CalibratorFixture.shape)
    var entry = StrategyEntry(name: "mine")
    _ = entry.add(
      StrategyDraft(
        id: try StrategyID("mine"), strategy: DefaultBounds.strategy(in: space),
        provenance: nil, promotes: true), at: Timestamp(millisecondsSince1970: 3))
    #expect(try store.put(entry))
    #expect(try store.put(entry) == false, "there is one of this name")
    var found = try #require(try store.strategy(named: "mine"))
    #expect(found.versions == entry.versions && found.promotions == ["1"] && found.revision == 1)
    found.promote("2")
    #expect(try store.put(found))
    #expect(try store.put(found) == false, "the revision is old")
    #expect(try store.delete(found) == false, "the revision is old")
    let current = try #require(try open().strategy(named: "mine"))
    #expect(current.promotions == ["1", "2"])
    #expect(try store.strategies() == [current])
    #expect(try store.delete(current))
    #expect(try store.strategy(named: "mine") == nil)
  }

  private func answersNil() throws {
    let store = try open()
    #expect(try store.study(StudyID("none")) == nil)
    #expect(try store.studies().isEmpty && store.strategies().isEmpty)
    #expect(try store.strategy(named: "none") == nil)
    let study = try stored(store)
    #expect(try store.baseline(of: study) == nil)
    #expect(try store.trial(TrialID(number: 5), of: study) == nil)
    #expect(try store.rowValues(of: TrialID(number: 1), in: study) == nil)
  }

  // MARK: Several at once

  private func countsConcurrently() throws {
    let stores = [try open(), try open()]
    let id = try stored(stores[0]).id
    let wins = Atomic(0)
    ConcurrentRuns.perform(4) { worker in
      let store = stores[worker % 2]
      for _ in 0..<25 {
        guard let study = try store.study(id) else { continue }
        let trial = try Self.trial(study.trialCount + 1)
        if try store.extend(study, by: [TrialChange(trial)], replacing: []) {
          wins.add(1, ordering: .relaxed)
        }
      }
    }
    let study = try #require(try stores[0].study(id))
    let total = wins.load(ordering: .relaxed)
    #expect(total > 0)
    #expect(study.trialCount == 1 + total)
    #expect(try stores[1].trials(of: study).map(\.id.number) == Array(1...study.trialCount))
  }

  private func asksConcurrently() throws {
    let fixtures = try [
      CalibratorFixture(store: open()), CalibratorFixture(store: open()),
    ]
    // Three dimensions keep the model small.
    let id = try fixtures[0].study(
      parameters: [.entropyWeight: .init(0, 0), .recyclingCellSize: .init(8, 8)])
    let told = AnswerLog()
    ConcurrentRuns.perform(4) { worker in
      let calibrator = fixtures[worker % 2].calibrator
      for round in 0..<2 {
        for trial in try calibrator.ask(id, count: 2, clientID: "worker-\(worker)") {
          let value = Double(worker * 100 + round) / 1000
          try calibrator.tell(id, trial: trial.id, .value(value, standardError: nil))
          told.append(trial.id.number, value)
        }
      }
    }
    let trials = try fixtures[1].calibrator.trials(of: id)
    let answers = told.all
    #expect(answers.count == 16)
    #expect(Set(answers.map(\.0)).count == 16, "no trial was handed out twice")
    #expect(trials.map(\.id.number) == Array(1...16), "no trial was lost")
    #expect(Set(trials.compactMap(\.point)).count == 16, "no strategy was suggested twice")
    for (number, value) in answers {
      #expect(trials[number - 1].measurement?.value == value)
    }
  }
}
