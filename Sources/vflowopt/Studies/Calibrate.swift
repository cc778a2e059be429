import ArgumentParser
import FoundationEssentials
import Glibc
import PruningService
import StudyDriver

/// Drives a study: `vflowopt calibrate`.
struct Calibrate: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Finds a model's best strategy with a command or a server that evaluates strategies.",
    discussion: """
      Creates the study, or goes on with the one that has the name, until it has --trials outcomes. \
      Each trial's strategy goes to the evaluator, what it answers goes to the study; \
      docs/calibration.md says how evaluators are asked. Ctrl-C ends the run at once and loses \
      nothing: the same command goes on, beginning with the trials that were open. Progress goes to \
      standard error, the best trial as JSON to standard output at the end.
      """)

  @OptionGroup(title: "The study") var definition: StudyDefinition
  @OptionGroup(title: "Where it is kept") var place: StudyPlace
  @OptionGroup(title: "The evaluator") var evaluator: EvaluatorFlags
  @Option(help: "The trials with an outcome that the study is to have in the end.") var trials = 50
  @Option(help: "How many trials are evaluated at the same time.") var parallel = 1
  @Option(
    help: """
      Measure this many rows at a time, and stop trials early that are clearly worse than the best; \
      needs a baseline.
      """)
  var portion: Int?
  @Option(
    help: """
      A file with the unpruned vectors or the samples' names: safetensors or JSON, the body of PUT \
      …/baseline.
      """, completion: .file())
  var baseline: String?
  @Flag(help: "Have the evaluator measure the baseline, where the study has none yet.")
  var measureBaseline = false
  @Option(
    help: """
      Who asks: the same name gets its open trials back. Give runs that go on at the same time \
      different names; default calibrate@HOST.
      """)
  var client: String?
  @Option(help: "How long a trial is kept for this client if it does not come back.")
  var leaseSeconds = 3600
  @Option(help: "A picture of the course, SVG, rewritten after each outcome.", completion: .file())
  var plot: String?

  func validate() throws {
    guard (1...10_000).contains(trials) else { throw ValidationError("--trials is 1 to 10000") }
    guard (1...256).contains(parallel) else { throw ValidationError("--parallel is 1 to 256") }
    guard portion.map({ $0 >= 1 }) ?? true else {
      throw ValidationError("--portion is at least 1")
    }
    guard (1...604_800).contains(leaseSeconds) else {
      throw ValidationError("--lease-seconds is 1 to 604800")
    }
    guard baseline == nil || !measureBaseline else {
      throw ValidationError("--baseline and --measure-baseline exclude each other")
    }
  }

  func run() throws {
    let stop = StopSignal()
    let end = EndSignals(stop)
    do { try telling { try run(stop) } } catch let code as ExitCode {
      throw code.rawValue == 130 ? ExitCode(128 + (end.number ?? SIGINT)) : code
    }
  }

  private func run(_ stop: StopSignal) throws {
    let client = StudyClient(try place.open(), study: definition.study, stop: stop)
    var study = try definition.study(client)
    let display = display(title: "Study \(study.name)")
    let run = StudyRun(
      client, evaluator: try evaluator.choice(), settings: settings, observer: display, stop: stop)
    if study.rows == nil || baseline != nil {
      if let baseline { study = try run.putBaseline(fromFile: baseline) }
      if measureBaseline { study = try run.measureBaseline() }
    }
    do {
      try run.run(study)
    } catch {
      display.finish()
      if error.code == .interrupted {
        StandardStream.error.writeLine("interrupted; the same command goes on")
      }
      throw error
    }
    display.finish()
    if let plot {
      try FileContent.write(Array(self.plot(try client.trials()).svg.utf8), to: plot)
    }
    if let best = try client.best() { StandardStream.output.write(best + [10]) }
  }

  private var settings: RunSettings {
    var settings = RunSettings(client: client ?? "calibrate@\(Self.hostName)")
    settings.trials = trials
    settings.parallel = parallel
    settings.portion = portion
    settings.leaseSeconds = leaseSeconds
    settings.timeoutSeconds = evaluator.timeoutSeconds
    settings.failures = evaluator.failures
    return settings
  }

  private func plot(_ trials: [StudyTrial]) -> ConvergencePlot {
    ConvergencePlot(title: "Study \(definition.study)", trials: trials)
  }

  private func display(title: String) -> RunDisplay {
    let write: @Sendable (String) -> Void = { StandardStream.error.write(Array($0.utf8)) }
    let isTerminal = isatty(StandardStream.error.rawValue) == 1
    guard let file = plot else {
      return RunDisplay(total: trials, isTerminal: isTerminal, write: write)
    }
    return RunDisplay(
      total: trials, isTerminal: isTerminal,
      plot: { trials in
        let plot = ConvergencePlot(title: title, trials: trials)
        // A picture that cannot be written is told at the end.
        try? FileContent.write(Array(plot.svg.utf8), to: file)
      }, write: write)
  }

  private static var hostName: String {
    let name = ProcessInfo.processInfo.hostName
    return String(
      name.utf8.prefix(200).filter { $0 > 0x20 && $0 < 0x7F }.map {
        Character(UnicodeScalar($0))
      })
  }
}

/// What evaluates strategies, as flags.
struct EvaluatorFlags: ParsableArguments {
  @Option(help: "A command for /bin/sh -c that evaluates one strategy.") var evaluate: String?
  @Option(help: "A server that evaluates strategies: http://HOST:PORT/PATH.") var callback: String?
  @Flag(
    help: """
      Start the command once for each place of --parallel, and send it one line per request.
      """)
  var keepRunning = false
  @Option(help: "How long one evaluation may take; as long as it takes if left out.")
  var timeoutSeconds: Double?
  @Option(help: "How many failures in a row end the run.") var failures = 3

  func validate() throws {
    guard (evaluate == nil) != (callback == nil) else {
      throw ValidationError("exactly one of --evaluate and --callback is needed")
    }
    guard evaluate != nil || !keepRunning else {
      throw ValidationError("--keep-running belongs to --evaluate")
    }
    guard timeoutSeconds.map({ $0 > 0 && $0 <= 1e9 }) ?? true else {
      throw ValidationError("--timeout-seconds is above 0")
    }
    guard failures >= 1 else { throw ValidationError("--failures is at least 1") }
    _ = try callback.map(Self.address)
  }

  func choice() throws -> EvaluatorChoice {
    if let callback { return .callback(try Self.address(callback)) }
    let variables = ProcessInfo.processInfo.environment.map { "\($0.key)=\($0.value)" }
    return .command(evaluate ?? "", environment: variables.sorted(), keepsRunning: keepRunning)
  }

  private static func address(_ text: String) throws -> HTTPAddress {
    do throws(StudyDriverError) { return try HTTPAddress(text) } catch {
      throw ValidationError("--callback \(error.detail); nothing here speaks TLS")
    }
  }
}
