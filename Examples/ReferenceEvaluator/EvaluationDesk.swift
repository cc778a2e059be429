import Foundation
import ReferenceModel
import TokenPruning

/// The model, its calibration set, and the answers to requests.
struct EvaluationDesk {
  private let model: ReferenceModel
  private let samples: [ReferenceSample]
  private let options: Options

  init(_ options: Options) throws {
    self.options = options
    model = ReferenceModel(seed: options.seed)
    samples = try model.samples(
      options.samples, questions: options.questions, seed: options.seed)
  }

  func answer(to request: EvaluationRequest) throws -> [String: Any] {
    guard request.kind != "baseline" else { return baseline }
    guard let strategy = request.strategy?.value else {
      return ["infeasible": true, "reason": "a trial needs a strategy"]
    }
    let rows = request.rows ?? Array(0..<samples.count * options.questions)
    guard rows.allSatisfy({ samples.indices.contains($0 / options.questions) && $0 >= 0 }) else {
      return ["infeasible": true, "reason": "there are no such rows"]
    }
    do {
      return try measure(strategy, rows)
    } catch let error as PruningError {
      return ["infeasible": true, "reason": "\(error.rule)"]
    }
  }

  private var baseline: [String: Any] {
    let names = samples.flatMap { Array(repeating: $0.name, count: options.questions) }
    guard !options.comparesItself else { return ["sample_ids": names] }
    return ["last_token": tensor(samples.flatMap(\.baseline)), "sample_ids": names]
  }

  /// Runs the samples that the rows belong to, each once.
  private func measure(_ strategy: PruningStrategy, _ rows: [Int]) throws -> [String: Any] {
    let wanted = Set(rows.map { $0 / options.questions }).sorted()
    if options.comparesItself {
      let values = try model.similarities(of: strategy, on: wanted.map { samples[$0] })
      return ["values": pick(rows, of: values, from: wanted)]
    }
    let vectors = try wanted.flatMap { try model.lastTokens(of: samples[$0], strategy: strategy) }
    return ["last_token": tensor(pick(rows, of: vectors, from: wanted))]
  }

  private func pick<Value>(_ rows: [Int], of values: [Value], from samples: [Int]) -> [Value] {
    let places = Dictionary(uniqueKeysWithValues: samples.enumerated().map { ($1, $0) })
    return rows.map { row in
      values[(places[row / options.questions] ?? 0) * options.questions + row % options.questions]
    }
  }

  private func tensor(_ rows: [[Float]]) -> [String: Any] {
    var bytes = Data(capacity: rows.count * ReferenceModel.hidden * 4)
    for number in rows.joined() {
      // Little-endian, as tensors are.
      for shift in [0, 8, 16, 24] {
        bytes.append(UInt8(truncatingIfNeeded: number.bitPattern >> UInt32(shift)))
      }
    }
    return [
      "dtype": "F32", "shape": [rows.count, ReferenceModel.hidden],
      "base64": bytes.base64EncodedString(),
    ]
  }
}
