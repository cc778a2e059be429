import Foundation
import Locking
import Testing

@testable import StudyDriver

/// Keeps what it is told.
final class RecordingObserver: RunObserver {
  private let seen = Locked<[String]>([])
  var events: [String] { seen.withLock { $0 } }

  func observe(_ event: RunEvent) {
    let text =
      switch event {
      case .began(let trials): "began \(trials.count)"
      case .started(let trial): "started \(trial.id)"
      case .reported(let trial, let rows, let all): "reported \(trial.id) \(rows)/\(all)"
      case .told(let trial): "told \(trial.id) \(trial.state)"
      case .failed(let trial, _): "failed \(trial.id)"
      }
    seen.withLock { $0.append(text) }
  }
}

@Suite(.timeLimit(.minutes(15))) struct StudyRunTests {
  private func run(
    _ ledger: StudyLedger, _ command: String, observer: RecordingObserver = RecordingObserver(),
    stop: StopSignal = StopSignal(), keepsRunning: Bool = false,
    _ change: (inout RunSettings) -> Void = { _ in }
  ) throws {
    var settings = RunSettings(client: "c")
    settings.trials = 5
    change(&settings)
    var client = StudyClient(ledger, study: "s", stop: stop)
    client.patienceMilliseconds = 2000
    let study = try #require(try client.study())
    let choice = EvaluatorChoice.command(
      command, environment: ["PATH=/usr/bin:/bin"], keepsRunning: keepsRunning)
    try StudyRun(client, evaluator: choice, settings: settings, observer: observer, stop: stop)
      .run(study)
  }

  @Test(arguments: [1, 2, 4], [false, true])
  func `a run ends with as many outcomes as are wanted, and no trial besides`(
    parallel: Int, keepsRunning: Bool
  ) throws {
    let ledger = StudyLedger()
    try run(ledger, "while read line; do echo 0.5; done", keepsRunning: keepsRunning) {
      $0.parallel = parallel
      $0.trials = 9
    }
    #expect(ledger.trials.count == 9)
    #expect(ledger.trials.allSatisfy { $0.state == "succeeded" && $0.body == #"{"value":0.5}"# })
  }

  @Test func `a run goes on with the trials that its client holds`() throws {
    let ledger = StudyLedger()
    var entry = StudyLedger.Entry(client: "c", state: "active")
    ledger.state.withLock {
      $0.trials = [StudyLedger.Entry(client: "x", state: "succeeded"), entry]
    }
    let observer = RecordingObserver()
    try run(ledger, "echo 0.5", observer: observer) { $0.trials = 3 }
    #expect(
      observer.events == [
        "began 2", "started 2", "told 2 succeeded", "started 3", "told 3 succeeded",
      ])
    entry = ledger.trials[1]
    #expect(entry.state == "succeeded")
  }

  @Test func `a study that has enough is left alone`() throws {
    let ledger = StudyLedger()
    ledger.state.withLock { $0.trials = [StudyLedger.Entry(client: nil, state: "infeasible")] }
    try run(ledger, "exit 1") { $0.trials = 1 }
    #expect(ledger.calls.allSatisfy { $0.hasPrefix("GET") })
  }

  @Test func `a failing evaluator gives its trial back and ends the run`() throws {
    let ledger = StudyLedger()
    let observer = RecordingObserver()
    let error = #expect(throws: StudyDriverError.self) {
      try run(ledger, "exit 9", observer: observer) { $0.failures = 2 }
    }
    #expect(error?.code == .evaluationFailed)
    #expect(observer.events == ["began 0", "started 1", "failed 1", "started 1", "failed 1"])
    #expect(ledger.trials.map(\.state) == ["requested"])
  }

  @Test func `one failure among successes does not end the run`() throws {
    let path = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString).path
    defer { try? FileManager.default.removeItem(atPath: path) }
    let ledger = StudyLedger()
    try run(ledger, "if [ -e \(path) ]; then echo 1; else touch \(path); exit 1; fi") {
      $0.failures = 2
    }
    #expect(ledger.trials.count == 5)
    #expect(ledger.trials.allSatisfy { $0.state == "succeeded" })
  }

  @Test func `an infeasible strategy is an outcome`() throws {
    let ledger = StudyLedger(rows: 4)
    try run(ledger, "echo '{\"infeasible\":true,\"reason\":\"no memory\"}'") {
      $0.trials = 2
      $0.portion = 2
    }
    #expect(ledger.trials.map(\.state) == ["infeasible", "infeasible"])
  }

  @Test func `portions are reported until all rows are there`() throws {
    let ledger = StudyLedger(rows: 5)
    let observer = RecordingObserver()
    try run(ledger, "echo '{\"values\":[1]}'", observer: observer) {
      $0.trials = 1
      $0.portion = 2
    }
    #expect(
      observer.events == [
        "began 0", "started 1", "reported 1 2/5", "reported 1 4/5", "reported 1 5/5",
        "told 1 succeeded",
      ])
    #expect(ledger.trials[0].rows.sorted() == [0, 1, 2, 3, 4])
    #expect(ledger.trials[0].body == #"{"reported":true}"#)
  }

  @Test func `portions go on where a crash left them`() throws {
    let ledger = StudyLedger(rows: 5)
    var entry = StudyLedger.Entry(client: "c", state: "active")
    entry.rows = [4, 2]
    ledger.state.withLock { $0.trials = [entry] }
    try run(ledger, "echo '{\"values\":[1]}'") {
      $0.trials = 1
      $0.portion = 2
    }
    #expect(ledger.trials[0].rows.count == 5)
    #expect(ledger.trials[0].rows.sorted() == [0, 1, 2, 3, 4])
  }

  @Test func `a trial that the service stops is not measured further`() throws {
    let ledger = StudyLedger(rows: 10, stopsAfterReports: 2)
    let observer = RecordingObserver()
    try run(ledger, "echo '{\"values\":[1]}'", observer: observer) {
      $0.trials = 1
      $0.portion = 2
    }
    #expect(observer.events.last == "told 1 stopped")
    #expect(ledger.trials[0].rows.count == 4)
  }

  @Test func `portions need a baseline`() throws {
    #expect(throws: StudyDriverError.self) {
      try run(StudyLedger(), "echo 1") { $0.portion = 2 }
    }
  }

  @Test func `a signal to stop leaves the open trials for the next run`() throws {
    let ledger = StudyLedger()
    let stop = StopSignal()
    let observer = RecordingObserver()
    Thread.start {
      while !observer.events.contains("started 2") { usleep(1000) }
      stop.fire()
    }
    let error = #expect(throws: StudyDriverError.self) {
      try run(ledger, "sleep 600", observer: observer, stop: stop) { $0.parallel = 2 }
    }
    #expect(error?.code == .interrupted)
    #expect(ledger.trials.map(\.state) == ["active", "active"])
    #expect(!ledger.calls.contains { $0.hasSuffix(":abandon") })
  }

  @Test(arguments: [[503, 0, 429], [0, 0]])
  func `a service that is away for a moment costs nothing`(troubles: [Int]) throws {
    let ledger = StudyLedger()
    ledger.state.withLock { $0.troubles = troubles }
    try run(ledger, "echo 1") { $0.trials = 2 }
    #expect(ledger.trials.map(\.state) == ["succeeded", "succeeded"])
  }

  @Test func `an outcome that somebody else was faster with counts`() throws {
    let ledger = StudyLedger()
    let observer = RecordingObserver()
    Thread.start {
      while !observer.events.contains("started 1") { usleep(1000) }
      ledger.state.withLock { $0.trials[0].state = "succeeded" }
    }
    try run(ledger, "sleep 1; echo 1", observer: observer) { $0.trials = 1 }
    #expect(observer.events.last == "told 1 succeeded")
    #expect(ledger.trials[0].body.isEmpty)
  }

  @Test func `the evaluator can measure the baseline`() throws {
    let ledger = StudyLedger(rows: 2)
    let client = StudyClient(ledger, study: "s", stop: StopSignal())
    let run = StudyRun(
      client,
      evaluator: .command(
        "grep -q baseline && echo '{\"last_token\":[[1],[2]]}'", environment: ["PATH=/bin"],
        keepsRunning: false), settings: RunSettings(client: "c"),
      observer: RecordingObserver(), stop: StopSignal())
    #expect(try run.measureBaseline().rows == 2)
    #expect(ledger.calls == ["PUT /v1/studies/s/baseline"])
  }
}
