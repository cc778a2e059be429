import Calibration
import Glibc
import TokenPruning
import VectorKernels

/// Writes to a store as fast as it can and says what was acknowledged, until somebody kills it.
///
/// Arguments: the store's address, a name of its own, a number that tells runs apart. Each line of
/// output is one acknowledged write, sent with one system call after the store has answered.
@main
enum StoreWriter {
  static func main() throws {
    guard CommandLine.arguments.count == 4, let address = StoreAddress(CommandLine.arguments[1])
    else { exit(64) }
    let calibrator = try Calibrator(
      store: address.open(), pruner: Pruner(kernels: .best),
      clock: { Timestamp(millisecondsSince1970: 1_700_000_000_000) })
    let words = CommandLine.arguments[2].split(separator: "-")
    if words.count == 2, words[0] == "share", let count = Int(words[1]) {
      return try share(count, with: calibrator, as: CommandLine.arguments[3])
    }
    let name = "\(CommandLine.arguments[2])-\(CommandLine.arguments[3])"
    let study = try StudyID(name)
    _ = try calibrator.createStudy(
      study,
      StudySpecification(
        shape: StrategyShape(layers: 28, stageLayers: [9, 18], tokenBudget: 0.25)))
    acknowledge("study \(name)")
    try calibrator.putBaseline(study, lastToken: nil, sampleIDs: ["a", "b", "c"])
    acknowledge("baseline \(name) 3")
    for trial in try calibrator.ask(study, count: 3, clientID: name) {
      acknowledge("ask \(name) \(trial.id)")
      let values = [0.25, 0.5, Double(trial.id.number)]
      try calibrator.tell(study, trial: trial.id, .rows(.values(values)))
      acknowledge("tell \(name) \(trial.id)")
    }
    try add(with: calibrator, study, name)
  }

  /// Asks and tells a study that others work on, too.
  private static func share(
    _ count: Int, with calibrator: Calibrator, as client: String
  ) throws {
    let study = try StudyID("shared")
    for _ in 0..<count {
      for trial in try calibrator.ask(study, clientID: client) {
        acknowledge("ask \(study) \(trial.id)")
        let values = [0.25, 0.5, Double(trial.id.number)]
        try calibrator.tell(study, trial: trial.id, .rows(.values(values)))
        acknowledge("tell \(study) \(trial.id)")
      }
    }
  }

  /// Adds trials and versions until the end.
  private static func add(
    with calibrator: Calibrator, _ study: StudyID, _ name: String
  ) throws {
    guard let strategy = try calibrator.trials(of: study).first?.strategy else { return }
    for number in 0..<900 {
      let value = Double(number) + 1000
      let trials = try calibrator.importTrials(
        [ImportedTrial(strategy: strategy, outcome: .value(value, standardError: nil))],
        into: study)
      for trial in trials { acknowledge("import \(name) \(trial.id) \(Int(value))") }
      let version = try calibrator.putStrategy(StrategyID(name), strategy)
      acknowledge("strategy \(version.id)")
    }
    while true { pause() }
  }

  private static func acknowledge(_ line: String) {
    let bytes = Array((line + "\n").utf8)
    // The array lives across the call.
    _ = unsafe bytes.withUnsafeBytes { unsafe Glibc.write(1, $0.baseAddress, $0.count) }
  }
}
