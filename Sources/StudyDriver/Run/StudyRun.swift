internal import Locking
internal import WorkerPool

/// Drives a study: asks for trials, has them evaluated, tells what came of it, until there are enough.
///
/// Nothing is kept here that the study does not know. Whatever ends a run, the next one of the same
/// client goes on: it gets the open trials back, with the rows that were reported.
public final class StudyRun: Sendable {
  private struct State: Sendable {
    var running: Set<Int> = []
    var complete = 0
    var failuresInRow = 0
    var failure: StudyDriverError?
  }

  private static let patienceMilliseconds = 120_000

  private let client: StudyClient
  private let choice: EvaluatorChoice
  private let settings: RunSettings
  private let observer: any RunObserver
  private let stop: StopSignal
  private let state = Locked(State())
  // One call of the service at a time: what this client holds there is then what runs here, so that
  // an ask for one more gets just one.
  private let calling = Locked(())
  private let telling = Locked(())

  /// Prepares a run.
  ///
  /// - Parameters:
  ///   - client: The study.
  ///   - choice: What evaluates.
  ///   - settings: How.
  ///   - observer: Who wants to know.
  ///   - stop: Ends the run early.
  public init(
    _ client: StudyClient, evaluator choice: EvaluatorChoice, settings: RunSettings,
    observer: any RunObserver, stop: StopSignal
  ) {
    var client = client
    // A service that is restarted meanwhile is no reason to end.
    if client.patienceMilliseconds == 0 { client.patienceMilliseconds = Self.patienceMilliseconds }
    self.client = client
    self.choice = choice
    self.settings = settings
    self.observer = observer
    self.stop = stop
  }

  /// Has the evaluator measure the baseline, and stores it.
  ///
  /// - Returns: The study with its baseline.
  /// - Throws: What the evaluator or the service found wrong.
  public func measureBaseline() throws(StudyDriverError) -> StudyFacts {
    let evaluator = choice.evaluator()
    defer { evaluator.end() }
    let request = EvaluationRequest(study: client.name, kind: .baseline)
    let answer = try evaluator.answer(to: request, patience)
    return try client.putBaseline(try Evaluation(answer, to: request))
  }

  /// Stores a baseline that is in a file, JSON or safetensors.
  ///
  /// - Parameter path: The file.
  /// - Returns: The study with its baseline.
  /// - Throws: ``StudyDriverError/Code/unusableFile``, or the service's refusal.
  public func putBaseline(fromFile path: String) throws(StudyDriverError) -> StudyFacts {
    let request = EvaluationRequest(study: client.name, kind: .baseline)
    return try client.putBaseline(try Evaluation(try FileContent.read(path), to: request))
  }

  /// Drives the study until it has enough trials with an outcome.
  ///
  /// - Parameter study: The study as it is.
  /// - Throws: What ended the run early; what was told until then is safe.
  public func run(_ study: StudyFacts) throws(StudyDriverError) {
    let portions = try portions(of: study)
    let known = try client.trials()
    state.withLock { $0.complete = known.count(where: \.isComplete) }
    observer.observe(.began(known))
    guard state.withLock({ $0.complete }) < settings.trials else { return }
    try onThreads { [self] in
      let evaluator = choice.evaluator()
      defer { evaluator.end() }
      while let trial = nextTrial() { finish(trial, evaluator, portions) }
    }
    if let failure = state.withLock({ $0.failure }) { throw failure }
    if stop.isFired { throw .interrupted }
  }

  private var patience: Patience { Patience(stop, seconds: settings.timeoutSeconds) }

  private func portions(of study: StudyFacts) throws(StudyDriverError) -> RowPortions? {
    guard let size = settings.portion else { return nil }
    guard let rows = study.rows else {
      throw StudyDriverError(
        .evaluationFailed, "portions need a baseline, which says how many rows there are")
    }
    return RowPortions(rows: rows, size: size, seed: study.seed)
  }

  private func onThreads(_ body: @escaping @Sendable () -> Void) throws(StudyDriverError) {
    do throws(WorkerPoolError) {
      let pool = try WorkerPool(
        workers: settings.parallel, queueCapacity: settings.parallel, name: "trial")
      for _ in 0..<settings.parallel {
        guard let slot = pool.reserve() else { break }
        pool.submit(Job { _ in body() }, using: slot)
      }
      _ = pool.drain(until: .never)
      pool.stop()
    } catch {
      throw StudyDriverError(.evaluationFailed, "the system refused a thread")
    }
  }

  /// A trial that nobody here evaluates yet; nil when there is nothing left to do.
  private func nextTrial() -> StudyTrial? {
    calling.withLock { _ in
      let wanted: Int? = state.withLock { state in
        let isOver = state.failure != nil || state.complete + state.running.count >= settings.trials
        return isOver || stop.isFired ? nil : state.running.count + 1
      }
      guard let wanted else { return nil }
      do throws(StudyDriverError) {
        let trials = try client.ask(
          wanted, client: settings.client, leaseSeconds: settings.leaseSeconds)
        let trial = state.withLock { state in
          let trial = trials.first { !state.running.contains($0.id) && !$0.isComplete }
          if let trial { state.running.insert(trial.id) }
          return trial
        }
        if trial == nil, state.withLock({ $0.running.isEmpty }) {
          throw StudyDriverError(.malformedAnswer, "the service handed out no trial")
        }
        return trial
      } catch {
        state.withLock { $0.failure = $0.failure ?? error }
        return nil
      }
    }
  }

  /// Evaluates a trial and tells what came of it.
  private func finish(_ trial: StudyTrial, _ evaluator: any Evaluator, _ portions: RowPortions?) {
    tell(.started(trial))
    do throws(StudyDriverError) {
      let told =
        if let portions { try measure(trial, evaluator, portions) } else {
          try measure(trial, evaluator)
        }
      tell(.told(told))
    } catch { giveBack(trial, because: error) }
  }

  private func giveBack(_ trial: StudyTrial, because error: StudyDriverError) {
    // Open, it waits for the next run of this client.
    guard error.code != .interrupted else { return }
    calling.withLock { _ in
      try? client.abandon(trial)
      state.withLock { state in
        state.running.remove(trial.id)
        state.failuresInRow += 1
        if state.failuresInRow >= settings.failures { state.failure = state.failure ?? error }
      }
    }
    tell(.failed(trial, error))
  }

  private func measure(
    _ trial: StudyTrial, _ evaluator: any Evaluator
  ) throws(StudyDriverError) -> StudyTrial {
    try outcome(
      of: trial,
      try evaluation(
        EvaluationRequest(study: client.name, kind: .trial(trial, rows: nil)), evaluator))
  }

  private func measure(
    _ trial: StudyTrial, _ evaluator: any Evaluator, _ portions: RowPortions
  ) throws(StudyDriverError) -> StudyTrial {
    let measured = trial.reports > 0 ? try client.trial(trial.id).measuredRows : []
    let left = portions.portions(without: measured)
    let total = measured.count + left.reduce(0) { $0 + $1.count }
    var count = measured.count
    for rows in left {
      let evaluation = try evaluation(
        EvaluationRequest(study: client.name, kind: .trial(trial, rows: rows)), evaluator)
      guard !evaluation.isInfeasible else { return try outcome(of: trial, evaluation) }
      let answer = try calling.withLock { (_) throws(StudyDriverError) in
        let answer = try client.report(trial, evaluation)
        if answer.shouldStop { completed(trial) }
        return answer
      }
      if answer.shouldStop { return answer.trial }
      count += rows.count
      tell(.reported(answer.trial, rows: count, of: total))
    }
    return try calling.withLock { (_) throws(StudyDriverError) in
      let told = try client.tellReported(trial)
      completed(trial)
      return told
    }
  }

  /// Counts a trial that has its outcome now.
  private func completed(_ trial: StudyTrial) {
    state.withLock { state in
      state.running.remove(trial.id)
      state.complete += 1
      state.failuresInRow = 0
    }
  }

  private func evaluation(
    _ request: EvaluationRequest, _ evaluator: any Evaluator
  ) throws(StudyDriverError) -> Evaluation {
    try Evaluation(try evaluator.answer(to: request, patience), to: request)
  }

  /// Tells an outcome; where somebody else was faster, theirs counts.
  private func outcome(
    of trial: StudyTrial, _ evaluation: Evaluation
  ) throws(StudyDriverError) -> StudyTrial {
    try calling.withLock { (_) throws(StudyDriverError) in
      let told: StudyTrial
      do throws(StudyDriverError) { told = try client.tell(trial, evaluation) } catch {
        guard error.status == 409, let theirs = try? client.trial(trial.id), theirs.isComplete
        else { throw error }
        told = theirs
      }
      completed(trial)
      return told
    }
  }

  private func tell(_ event: RunEvent) { telling.withLock { _ in observer.observe(event) } }
}
