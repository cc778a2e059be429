import PruningService
import Tensors
import TestSupport
import TokenPruning
import VectorKernels

/// Small seeded inputs.
enum SampleItems {
  static let pruner = Pruner(kernels: .best)
  static let prune = PruneOperation(
    pruner: pruner, strategies: BuiltInStrategies(), limits: MessageLimits())
  static let importance = ImportanceOperation(
    pruner: pruner, strategies: BuiltInStrategies(), limits: MessageLimits())
  static let plan = PlanOperation(strategies: BuiltInStrategies(), limits: MessageLimits())
  static let discrepancy = DiscrepancyOperation(pruner: pruner, limits: MessageLimits())

  /// A strategy with three stages that fits every sample.
  static let strategy = """
    "strategy": {"global_threshold": 1.1, "recycling_cell_size": 3, "layers": 12, "stages": [
      {"layer": 0, "retain_ratio": 0.5}, {"layer": 4, "retain_ratio": 0.75},
      {"layer": 8, "retain_ratio": 0.5}]}
    """

  /// Numbers in 0..<1, the same for the same seed.
  static func floats(_ dimensions: [Int], seed: UInt64) throws -> Tensor {
    var generator = SeededGenerator(seed: seed)
    let count = dimensions.reduce(1, *)
    return try .floats(
      (0..<count).map { _ in Float.random(in: 0..<1, using: &generator) }, dimensions)
  }

  /// Pixels, the same for the same seed.
  static func pixels(_ dimensions: [Int], seed: UInt64) throws -> Tensor {
    var generator = SeededGenerator(seed: seed)
    return try .bytes(
      (0..<dimensions.reduce(1, *)).map { _ in UInt8.random(in: 0...255, using: &generator) },
      dimensions)
  }

  /// Attention probabilities: rows sum to 1.
  static func attention(_ leading: [Int], tokens: Int, seed: UInt64) throws -> Tensor {
    let raw = try floats(leading + [tokens, tokens], seed: seed)
    var values = (0..<raw.shape.elementCount).map { raw.float(at: $0) * raw.float(at: $0) }
    for row in stride(from: 0, to: values.count, by: tokens) {
      let sum = values[row..<row + tokens].reduce(0, +)
      for index in row..<row + tokens { values[index] /= sum }
    }
    return try .floats(values, raw.shape.dimensions)
  }

  /// A 5 by 5 grid with attention of two heads and 4-wide tokens.
  static func grid(seed: UInt64, fields: String = "") throws -> RequestDraft.Item {
    RequestDraft.Item(
      fields: fields,
      tensors: [
        ("tokens", try floats([25, 4], seed: seed)),
        ("attention", try attention([2], tokens: 25, seed: seed + 1)),
      ])
  }
}
