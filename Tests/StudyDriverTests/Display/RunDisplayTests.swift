import Locking
import Testing

@testable import StudyDriver

@Suite struct RunDisplayTests {
  private func shown(isTerminal: Bool, _ events: [RunEvent]) -> [String] {
    let texts = Locked<[String]>([])
    let time = Locked<UInt64>(0)
    let display = RunDisplay(
      total: 4, isTerminal: isTerminal,
      clock: {
        time.withLock {
          $0 += 30_000_000_000
          return $0
        }
      }, write: { text in texts.withLock { $0.append(text) } })
    for event in events { display.observe(event) }
    display.finish()
    return texts.withLock { $0 }
  }

  private let events: [RunEvent] = [
    .began([]), .started(.sample(1)), .reported(.sample(1), rows: 2, of: 8),
    .told(.sample(1, state: "succeeded", value: 0.9, error: 0.01, origin: "default")),
    .started(.sample(2)), .failed(.sample(2), StudyDriverError(.evaluationFailed, "broke")),
    .told(.sample(3, state: "stopped", value: 0.5)), .told(.sample(4, state: "infeasible")),
  ]

  @Test func `without a terminal each outcome is a line`() {
    #expect(
      shown(isTerminal: false, events) == [
        "trial 1 (default) 0.90000 ± 0.01000; best 0.90000 of trial 1; 1 of 4\n",
        "trial 2 failed and is given back: broke\n",
        "trial 3 (suggested) stopped at about 0.50000; best 0.90000 of trial 1; 2 of 4\n",
        "trial 4 (suggested) infeasible; best 0.90000 of trial 1; 3 of 4\n",
      ])
  }

  @Test func `on a terminal a bar is drawn again below the lines`() {
    let texts = shown(isTerminal: true, events)
    #expect(texts.count == events.count + 1)
    #expect(texts.dropLast().allSatisfy { $0.hasPrefix("\r\u{1B}[K") })
    #expect(texts[2].contains("░ 0/4  no best yet, 1 running, trial 1 at 2 of 8 rows"))
    #expect(
      texts[3]
        == "\r\u{1B}[Ktrial 1 (default) 0.90000 ± 0.01000; best 0.90000 of trial 1\n"
        + "██████░░░░░░░░░░░░░░░░░░ 1/4  best 0.90000 of trial 1, about 1 min left")
    #expect(texts.last == "\n")
  }

  @Test func `a run that goes on says where it is`() {
    let known = [
      StudyTrial.sample(1, state: "succeeded", value: 0.9),
      .sample(2, state: "succeeded", value: 0.9),
      .sample(3),
    ]
    #expect(
      shown(isTerminal: false, [.began(known)]) == [
        "continuing with 2 of 4 trials, best 0.90000 of trial 1\n"
      ])
  }
}

@Suite struct StudyTableTests {
  @Test func `studies are rows with columns of equal width`() throws {
    let table = try StudyTable(
      Array(
        """
        {"studies":[{"name":"a-long-name","state":"active","model":"m","token_budget":0.25,\
        "trial_count":12,"baseline":{"samples":30},"created_at":"2026-01-01T00:00:00Z"},\
        {"name":"b","state":"completed","token_budget":0.1,"trial_count":1,"created_at":"x"}]}
        """.utf8))
    #expect(
      table.text == """
        NAME         STATE      MODEL  BUDGET  TRIALS  SAMPLES  CREATED
        a-long-name  active     m      0.25    12      30       2026-01-01T00:00:00Z
        b            completed  -      0.1     1       -        x

        """)
  }

  @Test(arguments: ["", "[]", "{}"])
  func `what is no list of studies is refused`(answer: String) {
    #expect(throws: StudyDriverError.self) { try StudyTable(Array(answer.utf8)) }
  }
}
