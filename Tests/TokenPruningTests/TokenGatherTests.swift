import Tensors
import TestSupport
import Testing
import VectorKernels

@testable import TokenPruning

struct TokenGatherTests {
  private let pruner = Pruner(kernels: .best)

  private static let strategy = PruningStrategy(
    recyclingCellSize: 2.5,
    stages: [
      PruningStage(layer: 0, retainRatio: 0.3), PruningStage(layer: 4, retainRatio: 0.5),
    ])

  private func grid(_ dtype: DType, width: Int) throws -> PruningInput {
    PruningInput(
      layout: .grid(rows: 7, columns: 7, clsTokens: 0),
      importance: .importance(try randomTensor([49], seed: 21)),
      tokens: try randomTensor([49, width], seed: 22, dtype: dtype))
  }

  private func video(_ dtype: DType, pool: Int) throws -> PruningInput {
    PruningInput(
      layout: .frames(FramesLayout(frames: 2, rows: 9, columns: 9, pool: pool)),
      importance: .importance(try randomTensor([2, 81], seed: 23)),
      tokens: try randomTensor([2, 81, 5], seed: 24, dtype: dtype),
      newline: try randomTensor([5], seed: 25, dtype: dtype))
  }

  /// The rows that the merges promise, computed element by element in binary64.
  private func expected(_ selection: Selection, _ everything: [Float], width: Int) -> [Float] {
    var merge = 0
    var rows: [Float] = []
    for (row, index) in selection.retainedIndices.enumerated() {
      guard selection.recycledMask[row] == 1 else {
        rows += everything[Int(index) * width..<(Int(index) + 1) * width]
        continue
      }
      let range = Int(selection.merges.offsets[merge])..<Int(selection.merges.offsets[merge + 1])
      rows += (0..<width).map { column in
        Float(
          range.reduce(0.0) { sum, entry in
            sum + Double(selection.merges.weights[entry])
              * Double(everything[Int(selection.merges.sources[entry]) * width + column])
          })
      }
      merge += 1
    }
    return rows
  }

  @Test(arguments: [DType.float32, .float16, .bfloat16], [1, 5, 64])
  func `rows are what the merges promise`(dtype: DType, width: Int) throws {
    let input = try grid(dtype, width: width)
    let selection = try pruner.select(input, strategy: Self.strategy)
    let found = try pruner.gatheredTensor(selection, input)
    #expect(found.dtype == dtype)
    let wanted = expected(selection, try #require(input.tokens).floats, width: width)
    let tolerance: Float = dtype == .float32 ? 1e-6 : dtype == .float16 ? 1e-3 : 8e-3
    expectClose(found.floats, wanted, tolerance: tolerance)
  }

  @Test func `kept rows are copied bit by bit`() throws {
    let input = try grid(.float16, width: 6)
    let selection = try pruner.select(input, strategy: Self.strategy)
    let found = try pruner.gathered(selection, input)
    let tokens = try #require(input.tokens).floats
    for (row, index) in selection.retainedIndices.enumerated()
    where selection.recycledMask[row] == 0 {
      #expect(
        Array(found[row * 6..<row * 6 + 6]) == Array(tokens[Int(index) * 6..<Int(index) * 6 + 6]))
    }
  }

  @Test func `recycled rows lie between their sources`() throws {
    let input = try grid(.float32, width: 3)
    let selection = try pruner.select(input, strategy: Self.strategy)
    let found = try pruner.gathered(selection, input)
    let tokens = try #require(input.tokens).floats
    let rows = selection.recycledMask.indices.filter { selection.recycledMask[$0] == 1 }
    for (merge, row) in rows.enumerated() {
      let range = Int(selection.merges.offsets[merge])..<Int(selection.merges.offsets[merge + 1])
      for column in 0..<3 {
        let values = selection.merges.sources[range].map { tokens[Int($0) * 3 + column] }
        let value = found[row * 3 + column]
        #expect(value >= (values.min() ?? 1) - 1e-6 && value <= (values.max() ?? 0) + 1e-6)
      }
    }
  }

  @Test(arguments: [DType.float32, .float16, .bfloat16], [1, 2, 3])
  func `reduced rows are rounded before they are merged`(dtype: DType, pool: Int) throws {
    let input = try video(dtype, pool: pool)
    let everything = try pruner.gathered(
      pruner.select(
        input, strategy: PruningStrategy(stages: [PruningStage(layer: 0, retainRatio: 1)])),
      input)
    var strategy = Self.strategy
    strategy.recyclingCellSize = 9  // whole frames: sums of more than one block of rows
    let selection = try pruner.select(input, strategy: strategy)
    let wanted = expected(selection, everything, width: 5)
    let tolerance: Float = dtype == .float32 ? 1e-6 : dtype == .float16 ? 1e-3 : 8e-3
    expectClose(try pruner.gathered(selection, input), wanted, tolerance: tolerance)
  }

  @Test func `tokens that start at an odd address are gathered`() throws {
    let input = try grid(.float16, width: 5)
    let tokens = try #require(input.tokens)
    let bytes = tokens.floats.map { Float16($0).bitPattern }
    let shifted = TensorStorage(byteCount: bytes.count * 2 + 1) { span in
      for (index, value) in bytes.enumerated() {
        span.storeBytes(of: value, toByteOffset: index * 2 + 1, as: UInt16.self)
      }
    }
    var other = input
    other.tokens = try Tensor(
      dtype: .float16, shape: tokens.shape, storage: shifted, byteOffset: 1)
    let selection = try pruner.select(input, strategy: Self.strategy)
    #expect(try pruner.gathered(selection, other) == pruner.gathered(selection, input))
  }

  @Test func `gathering without tokens is refused`() throws {
    var input = try grid(.float32, width: 2)
    let selection = try pruner.select(input, strategy: Self.strategy)
    input.tokens = nil
    let error = #expect(throws: PruningError.self) { try pruner.gathered(selection, input) }
    #expect(error?.code == .missingTensor && error?.tensor == .tokens)
    #expect(pruner.gatheredByteCount(selection, from: input) == 0)
  }

  @Test func `means of the largest numbers stay finite`() throws {
    let largest = Float.greatestFiniteMagnitude
    for seed in UInt64(0)..<40 {
      let input = PruningInput(
        layout: .inferred(tokens: 9),
        importance: .importance(try randomTensor([9], seed: seed)),
        tokens: try Tensor([Float](repeating: largest, count: 9), shape: [9, 1]))
      let strategy = PruningStrategy(
        recyclingCellSize: 3, stages: [PruningStage(layer: 0, retainRatio: 0.01)])
      let selection = try pruner.select(input, strategy: strategy)
      let rows = try pruner.gathered(selection, input)
      #expect(rows.allSatisfy { $0.isFinite && $0 > 0.99 * largest }, "seed \(seed)")
    }
  }
}
