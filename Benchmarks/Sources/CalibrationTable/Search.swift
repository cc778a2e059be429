import Calibration
import ReferenceModel
import TokenPruning
import VectorKernels

/// How a strategy is looked for.
enum Method: String, CaseIterable, Sendable, Codable {
  /// The default strategy, without any search.
  case standard = "default"
  /// Points drawn evenly from the study's space, after the default strategy.
  case random
  /// A study, all rows of every trial.
  case calibrated
  /// A study whose trials are reported in portions and end when told to.
  case stopping = "early stopping"
}

/// What a search came to.
struct Outcome: Sendable, Codable {
  let method: Method
  let budget: Double
  let seed: UInt64
  /// The mean over the calibration set, which the search saw.
  let seen: Double
  /// The mean over samples that it did not see.
  let heldOut: Double
  /// How many rows were measured.
  let rows: Int
  /// The best value so far after each trial; trials that were stopped count as not measured.
  let curve: [Double]
  /// The strategy, for the reader.
  let strategy: String
}

/// One model, its calibration set, and samples to judge by.
struct Laboratory: Sendable {
  let model: ReferenceModel
  let samples: [ReferenceSample]
  let judges: [ReferenceSample]
  let seed: UInt64
  let options: Options

  init(seed: UInt64, options: Options) throws {
    self.seed = seed
    self.options = options
    model = ReferenceModel(seed: seed)
    samples = try model.samples(
      options.samples, questions: options.questions, seed: 2 * seed)
    judges = try model.samples(
      2 * options.samples, questions: options.questions, seed: 2 * seed + 1)
  }

  private func shape(_ budget: Double) -> StrategyShape {
    StrategyShape(
      layers: ReferenceModel.layers, stageLayers: ReferenceModel.stageLayers, tokenBudget: budget)
  }

  private func values(_ strategy: PruningStrategy) throws -> [Double] {
    try model.similarities(of: strategy, on: samples)
  }

  private func outcome(
    _ method: Method, _ budget: Double, _ strategy: PruningStrategy, curve: [Double], rows: Int
  ) throws -> Outcome {
    Outcome(
      method: method, budget: budget, seed: seed, seen: mean(try values(strategy)),
      heldOut: mean(try model.similarities(of: strategy, on: judges)), rows: rows, curve: curve,
      strategy: strategy.text)
  }

  /// The study's space and its default strategy.
  private func start(
    _ budget: Double
  ) throws -> (calibrator: Calibrator, study: Study, standard: Trial) {
    guard let store = StoreAddress("memory:") else { throw Usage() }
    let calibrator = try Calibrator(
      store: store.open(), pruner: Pruner(kernels: .best),
      clock: { Timestamp(millisecondsSince1970: 0) })
    let study = try calibrator.createStudy(
      StudyID("reference"), StudySpecification(shape: shape(budget), seed: seed))
    try calibrator.putBaseline(
      study.id, lastToken: nil,
      sampleIDs: samples.flatMap { Array(repeating: $0.name, count: options.questions) })
    let trials = try calibrator.ask(study.id)
    return (calibrator, study, trials[0])
  }

  func standard(_ budget: Double) throws -> Outcome {
    let strategy = try start(budget).standard.strategy
    return try outcome(.standard, budget, strategy, curve: [], rows: 0)
  }

  func random(_ budget: Double) throws -> Outcome {
    let (calibrator, study, standard) = try start(budget)
    let space = try calibrator.space(of: study)
    var source = RandomPoints(seed: seed)
    var best = (strategy: standard.strategy, value: mean(try values(standard.strategy)))
    var curve = [best.value]
    for _ in 1..<options.trials {
      let strategy = space.strategy(at: source.point(in: space))
      let value = mean(try values(strategy))
      if value > best.value { best = (strategy, value) }
      curve.append(best.value)
    }
    return try outcome(
      .random, budget, best.strategy, curve: curve,
      rows: options.trials * samples.count * options.questions)
  }

  func calibrated(_ budget: Double, stopping: Bool) throws -> Outcome {
    let (calibrator, study, standard) = try start(budget)
    var (trial, rows, curve) = (standard, 0, [Double]())
    for number in 1...options.trials {
      if number > 1 { trial = try calibrator.ask(study.id)[0] }
      rows +=
        stopping
        ? try report(trial, to: calibrator, study) : try tell(trial, to: calibrator, study)
      curve.append(try calibrator.best(of: study.id).trial.measurement?.value ?? 0)
    }
    return try outcome(
      stopping ? .stopping : .calibrated, budget, calibrator.best(of: study.id).trial.strategy,
      curve: curve, rows: rows)
  }

  private func tell(_ trial: Trial, to calibrator: Calibrator, _ study: Study) throws -> Int {
    let values = try values(trial.strategy)
    try calibrator.tell(study.id, trial: trial.id, .rows(.values(values)))
    return values.count
  }

  /// Reports a few rows at a time until told to stop; answers how many rows that took.
  ///
  /// A portion has one question each of as many images as possible, which says more than all
  /// questions of a few. Here all rows are at hand and the portions only counted.
  private func report(_ trial: Trial, to calibrator: Calibrator, _ study: Study) throws -> Int {
    let values = try values(trial.strategy)
    let order = (0..<options.questions).flatMap { question in
      samples.indices.map { $0 * options.questions + question }
    }
    for first in stride(from: 0, to: order.count, by: options.portion) {
      let rows = Array(order[first..<min(first + options.portion, order.count)])
      let answer = try calibrator.report(
        study.id, trial: trial.id, rows: rows, .values(rows.map { values[$0] }))
      if answer.shouldStop { return first + rows.count }
    }
    try calibrator.tell(study.id, trial: trial.id, .reported)
    return order.count
  }
}

func mean(_ values: [Double]) -> Double { values.reduce(0, +) / Double(max(values.count, 1)) }

/// Points drawn evenly from a study's space.
struct RandomPoints {
  private var state: UInt64

  init(seed: UInt64) { state = seed &+ 0x5EED }

  private mutating func share() -> Double {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return Double((z ^ (z >> 31)) >> 11) * 0x1p-53
  }

  /// A ratio's coordinate is its place within what the budget leaves.
  mutating func point(in space: StrategySpace) -> [Double] {
    space.parameters.map { parameter in
      let share = share()
      guard parameter.stage == nil, let bounds = space.bounds[parameter] else { return share }
      return bounds.lower + share * (bounds.upper - bounds.lower)
    }
  }
}

extension PruningStrategy {
  var text: String {
    func short(_ value: Double?) -> String {
      value.map { "\(($0 * 1000).rounded() / 1000)" } ?? "-"
    }
    return "t \(short(globalThreshold)) m \(short(recyclingCellSize)) a \(short(entropyWeight)) R "
      + stages.map { short($0.retainRatio) }.joined(separator: " ")
  }
}
