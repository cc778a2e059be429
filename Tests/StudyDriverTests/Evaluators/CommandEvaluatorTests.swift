import Foundation
import Testing

@testable import StudyDriver

@Suite(.timeLimit(.minutes(15))) struct CommandEvaluatorTests {
  private let request = EvaluationRequest(study: "s", kind: .trial(.sample(7), rows: nil))

  private func evaluator(_ command: String, keepsRunning: Bool = false) -> CommandEvaluator {
    CommandEvaluator(
      command, environment: ["PATH=/usr/bin:/bin", "MARK=x"], keepsRunning: keepsRunning)
  }

  private func answer(
    _ evaluator: CommandEvaluator, seconds: Double? = 60, stop: StopSignal = StopSignal()
  ) throws -> String {
    let bytes = try evaluator.answer(to: request, Patience(stop, seconds: seconds))
    return String(decoding: bytes, as: UTF8.self)
  }

  @Test func `a command gets the request and its output is the answer`() throws {
    let text = try answer(evaluator("cat; echo $MARK"))
    #expect(text.hasPrefix(#"{"protocol":1,"kind":"trial""#))
    #expect(text.hasSuffix("}\nx\n"))
  }

  @Test func `a command that reads nothing is answered all the same`() throws {
    #expect(try answer(evaluator("echo 0.5")) == "0.5\n")
  }

  @Test func `requests and answers beyond a pipe's room do not lock each other`() throws {
    let rows = EvaluationRequest(
      study: "s", kind: .trial(.sample(7), rows: Array(0..<100_000)))
    let bytes = try evaluator("cat").answer(to: rows, Patience(StopSignal(), seconds: 60))
    #expect(bytes.count > 500_000)
    #expect(Array(bytes.dropLast()) == rows.encoded)
  }

  @Test(arguments: ["exit 3", "echo 1; kill -9 $$", "no-such-command-here"])
  func `a command that fails is a failure`(command: String) {
    let error = #expect(throws: StudyDriverError.self) { try answer(evaluator(command)) }
    #expect(error?.code == .evaluationFailed)
  }

  @Test(arguments: [false, true])
  func `a command that takes too long is ended with all that it started`(keepsRunning: Bool)
    throws
  {
    let path = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString).path
    defer { try? FileManager.default.removeItem(atPath: path) }
    let sleeper = evaluator("sleep 600 & echo $! > \(path); wait", keepsRunning: keepsRunning)
    let error = #expect(throws: StudyDriverError.self) { try answer(sleeper, seconds: 1) }
    #expect(error?.code == .timedOut)
    let text = String(decoding: try FileContent.read(path), as: UTF8.self)
    let process = try #require(Int32(text.filter(\.isNumber)))
    #expect(hasEnded(process))
  }

  /// The shell obeys at once; what it runs ignores SIGTERM, or takes its time to obey.
  @Test(arguments: [("", 0), ("sleep 0.3; touch $DONE; exit", 1)])
  func `the next command begins when nothing of the last one is left`(trap: String, marks: Int)
    throws
  {
    let path = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString).path
    defer {
      for name in [path, path + ".done"] { try? FileManager.default.removeItem(atPath: name) }
    }
    let stubborn = """
      DONE=\(path).done; export DONE
      sh -c 'trap "\(trap)" TERM; echo $$ > \(path); while :; do sleep 0.05; done'; true
      """
    let error = #expect(throws: StudyDriverError.self) {
      try answer(evaluator(stubborn), seconds: 1)
    }
    #expect(error?.code == .timedOut)
    let text = String(decoding: try FileContent.read(path), as: UTF8.self)
    let process = try #require(Int32(text.filter(\.isNumber)))
    #expect(isGone(process))
    #expect(FileManager.default.fileExists(atPath: path + ".done") == (marks == 1))
  }

  @Test func `a second line for one request is not taken for the answer to the next`() throws {
    let chatty = evaluator(
      "while read line; do echo '{\"value\":1}'; echo 0.5; done", keepsRunning: true)
    defer { chatty.end() }
    #expect(try answer(chatty) == #"{"value":1}"#)
    // Until the second line is in the pipe, too.
    usleep(200_000)
    let error = #expect(throws: StudyDriverError.self) { try answer(chatty) }
    #expect(error?.code == .evaluationFailed)
    #expect(try answer(chatty) == #"{"value":1}"#)
  }

  @Test func `a signal to stop ends a command that ignores SIGTERM`() throws {
    let stop = StopSignal()
    Thread.start {
      usleep(100_000)
      stop.fire()
    }
    let error = #expect(throws: StudyDriverError.self) {
      try answer(evaluator("trap '' TERM; sleep 600"), stop: stop)
    }
    #expect(error?.code == .interrupted)
  }

  @Test func `a command that keeps running gets a line for each request`() throws {
    let counter = evaluator(
      "n=0; while read line; do n=$((n+1)); echo \"{\\\"value\\\":$n}\"; done", keepsRunning: true)
    defer { counter.end() }
    #expect(try answer(counter) == #"{"value":1}"#)
    #expect(try answer(counter) == #"{"value":2}"#)
    #expect(try answer(counter) == #"{"value":3}"#)
  }

  @Test func `a kept command that ends is started again for the next request`() throws {
    let once = evaluator("read line; echo 1; read line; exit 0", keepsRunning: true)
    defer { once.end() }
    #expect(try answer(once) == "1")
    let error = #expect(throws: StudyDriverError.self) { try answer(once) }
    #expect(error?.code == .evaluationFailed)
    #expect(try answer(once) == "1")
  }

  /// Whether a process is gone, or about to be.
  private func hasEnded(_ process: Int32) -> Bool {
    for _ in 0..<2000 {
      if isGone(process) { return true }
      usleep(5000)
    }
    return false
  }

  /// Whether a process has ended, whoever has to take note of it.
  private func isGone(_ process: Int32) -> Bool {
    if kill(process, 0) != 0 { return true }
    let status = (try? FileContent.read("/proc/\(process)/stat")) ?? []
    return String(decoding: status, as: UTF8.self).contains(") Z ")
  }
}
