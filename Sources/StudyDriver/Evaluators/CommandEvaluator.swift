internal import Locking

/// Runs a command: for each request, or one that stays and gets a line for each.
final class CommandEvaluator: Evaluator {
  private let command: String
  private let environment: [String]
  private let keepsRunning: Bool
  private let kept = Locked<ChildProcess?>(nil)

  init(_ command: String, environment: [String], keepsRunning: Bool) {
    self.command = command
    self.environment = environment
    self.keepsRunning = keepsRunning
  }

  func answer(
    to request: EvaluationRequest, _ patience: Patience
  ) throws(StudyDriverError) -> [UInt8] {
    try keepsRunning ? line(for: request, patience) : output(for: request, patience)
  }

  func end() {
    kept.withLock { child in
      child?.end()
      child = nil
    }
  }

  private func output(
    for request: EvaluationRequest, _ patience: Patience
  ) throws(StudyDriverError) -> [UInt8] {
    let child = try ChildProcess(command, environment: environment)
    defer { child.end() }
    let output = try child.exchange(request.encoded + [10], thenClose: true, patience)
    let status = try child.waitForEnd(patience)
    guard status == 0 else {
      throw StudyDriverError(.evaluationFailed, "the command ended with status \(status)")
    }
    return output
  }

  /// Only one thread uses an evaluator, and `end` comes after its last request.
  private func line(
    for request: EvaluationRequest, _ patience: Patience
  ) throws(StudyDriverError) -> [UInt8] {
    let child: ChildProcess
    if let running = kept.withLock({ $0 }) {
      child = running
    } else {
      child = try ChildProcess(command, environment: environment)
      kept.withLock { $0 = child }
    }
    do throws(StudyDriverError) {
      return try child.exchange(request.encoded + [10], thenClose: false, patience)
    } catch {
      // What it would answer next might belong to this request.
      end()
      throw error
    }
  }
}
