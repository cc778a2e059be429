import Locking
import Testing

@testable import StudyDriver

@Suite(.timeLimit(.minutes(15))) struct StudyClientTests {
  /// Answers each call with the next of some answers.
  private func client(_ ledger: StudyLedger) -> StudyClient {
    var client = StudyClient(ledger, study: "a b/ü", stop: StopSignal())
    client.patienceMilliseconds = 600
    return client
  }

  @Test func `a name is one segment of the path`() throws {
    let ledger = StudyLedger()
    _ = try client(ledger).study()
    #expect(ledger.calls == ["GET /v1/studies/a%20b%2F%C3%BC"])
  }

  @Test(arguments: [400, 404, 409, 422, 500])
  func `a refusal is told at once, in the words of its problem`(status: Int) {
    let ledger = StudyLedger()
    ledger.state.withLock { $0.troubles = [status] }
    let error = #expect(throws: StudyDriverError.self) {
      _ = try client(ledger).create(Array("{}".utf8))
    }
    #expect(error?.code == .refused)
    #expect(error?.status == status)
    #expect(error?.detail == "Trouble: of the test")
    #expect(ledger.calls.count == 1)
  }

  @Test func `a study that does not exist is none`() throws {
    let ledger = StudyLedger()
    ledger.state.withLock { $0.troubles = [404] }
    #expect(try client(ledger).study() == nil)
  }

  @Test func `patience with a service that stays away has an end`() {
    let ledger = StudyLedger()
    ledger.state.withLock { $0.troubles = [503, 503, 503, 503] }
    let error = #expect(throws: StudyDriverError.self) { _ = try client(ledger).trials() }
    #expect(error?.status == 503)
    // A quarter of a second was slept once; twice that again would be too long.
    #expect(ledger.calls.count == 2)
  }

  @Test func `a signal to stop ends the patience`() {
    let ledger = StudyLedger()
    ledger.state.withLock { $0.troubles = [0] }
    let stop = StopSignal()
    stop.fire()
    let error = #expect(throws: StudyDriverError.self) {
      var client = StudyClient(ledger, study: "s", stop: stop)
      client.patienceMilliseconds = 60_000
      _ = try client.trials()
    }
    #expect(error?.code == .interrupted)
  }
}
