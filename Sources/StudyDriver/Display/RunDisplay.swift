internal import Locking
internal import WorkerPool

/// Shows a run: a line for each outcome, and on a terminal a bar below them.
public final class RunDisplay: RunObserver {
  private struct State: Sendable {
    var trials: [Int: StudyTrial] = [:]
    var running = 0
    var complete = 0
    var completeAtStart = 0
    var partial = ""
  }

  private let total: Int
  private let isTerminal: Bool
  private let startedAt: UInt64
  private let clock: @Sendable () -> UInt64
  private let write: @Sendable (String) -> Void
  private let plot: (@Sendable ([StudyTrial]) -> Void)?
  private let state = Locked(State())

  /// Prepares a display.
  ///
  /// - Parameters:
  ///   - total: The trials that are to have an outcome in the end.
  ///   - isTerminal: Whether lines can be overwritten.
  ///   - clock: Nanoseconds of a monotonic clock, for the time that is left.
  ///   - plot: Called with all trials after each outcome.
  ///   - write: Where text goes.
  public init(
    total: Int, isTerminal: Bool, clock: (@Sendable () -> UInt64)? = nil,
    plot: (@Sendable ([StudyTrial]) -> Void)? = nil, write: @escaping @Sendable (String) -> Void
  ) {
    self.total = total
    self.isTerminal = isTerminal
    self.clock = clock ?? { MonotonicClock.now() }
    startedAt = self.clock()
    self.write = write
    self.plot = plot
  }

  /// Shows what has happened.
  public func observe(_ event: RunEvent) {
    let line: String? = state.withLock { state in
      switch event {
      case .began(let trials):
        for trial in trials { state.trials[trial.id] = trial }
        state.complete = trials.count(where: \.isComplete)
        state.completeAtStart = state.complete
        return state.complete > 0
          ? "continuing with \(state.complete) of \(total) trials, \(best(state))" : nil
      case .started: state.running += 1
      case .reported(let trial, let rows, let all):
        state.partial = ", trial \(trial.id) at \(rows) of \(all) rows"
      case .told(let trial):
        state.trials[trial.id] = trial
        state.running -= 1
        state.complete += 1
        state.partial = ""
        return "trial \(trial.id) (\(trial.origin)) \(Self.outcome(of: trial)); \(best(state))"
          + (isTerminal ? "" : "; \(state.complete) of \(total)")
      case .failed(let trial, let error):
        state.running -= 1
        return "trial \(trial.id) failed and is given back: \(error.detail)"
      }
      return nil
    }
    if isTerminal {
      write("\r\u{1B}[K" + (line.map { $0 + "\n" } ?? "") + bar)
    } else if let line {
      write(line + "\n")
    }
    guard let plot, case .told = event else { return }
    plot(state.withLock { Array($0.trials.values) })
  }

  /// Ends the line of the bar.
  public func finish() {
    if isTerminal { write("\n") }
  }

  private static func outcome(of trial: StudyTrial) -> String {
    guard trial.state != "infeasible", let value = trial.value else { return trial.state }
    let error = trial.standardError.map { " ± \($0.text(decimals: 5))" } ?? ""
    return (trial.state == "stopped" ? "stopped at about " : "")
      + value.text(decimals: 5) + error
  }

  private func best(_ state: State) -> String {
    let leader = state.trials.values.filter { $0.state == "succeeded" && $0.value != nil }
      .max { ($0.value ?? 0, $1.id) < ($1.value ?? 0, $0.id) }
    guard let leader, let value = leader.value else { return "no best yet" }
    return "best \(value.text(decimals: 5)) of trial \(leader.id)"
  }

  private var bar: String {
    state.withLock { state in
      let width = 24
      let filled = total > 0 ? min(width, width * state.complete / total) : width
      let bar =
        String(repeating: "█", count: filled) + String(repeating: "░", count: width - filled)
      let running = state.running > 0 ? ", \(state.running) running" : ""
      return "\(bar) \(state.complete)/\(total)  \(best(state))\(running)\(state.partial)"
        + remaining(state)
    }
  }

  private func remaining(_ state: State) -> String {
    let done = state.complete - state.completeAtStart
    guard done > 0, state.complete < total else { return "" }
    let seconds =
      Double(clock() &- startedAt) / 1e9 / Double(done) * Double(total - state.complete)
    let minutes = Int(seconds / 60)
    return minutes > 0 ? ", about \(minutes) min left" : ", about \(Int(seconds) + 1) s left"
  }
}
