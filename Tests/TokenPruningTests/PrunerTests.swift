import Tensors
import TestSupport
import Testing
import VectorKernels

@testable import TokenPruning

struct PrunerTests {
  private let pruner = Pruner(kernels: .best)

  private static let strategy = PruningStrategy(
    globalThreshold: 1.01, entropyWeight: 0.3, recyclingCellSize: 2.2, layers: 28,
    stages: [
      PruningStage(layer: 0, retainRatio: 0.4), PruningStage(layer: 9, retainRatio: 0.8),
      PruningStage(layer: 18, retainRatio: 0.5),
    ])

  private static let anyres = TokenLayout.anyres(
    AnyresLayout(
      side: 6, tilePixels: 12, imageWidth: 40, imageHeight: 30, maxTiles: 2, gridWidth: 3,
      gridHeight: 2))

  /// Inputs that between them use every kernel.
  private static func inputs(_ dtype: DType) throws -> [PruningInput] {
    [
      PruningInput(
        layout: .grid(rows: 6, columns: 6, clsTokens: 1),
        importance: .attention(try randomTensor([3, 37, 37], seed: 31, dtype: dtype)),
        tokens: try randomTensor([36, 19], seed: 32, dtype: dtype),
        entropy: try randomTensor([36], seed: 33, dtype: dtype)),
      PruningInput(
        layout: .grid(rows: 6, columns: 6, clsTokens: 0),
        importance: .queryKey(
          query: try randomTensor([2, 36, 9], seed: 34, dtype: dtype),
          key: try randomTensor([2, 36, 9], seed: 35, dtype: dtype)),
        tokens: try randomTensor([36, 33], seed: 36, dtype: dtype),
        pixels: try randomPixels([40, 45, 3], seed: 37)),
      PruningInput(
        layout: anyres, importance: .attention(try randomTensor([7, 36, 36], seed: 38)),
        tokens: try randomTensor([7, 36, 17], seed: 39, dtype: dtype),
        newline: try randomTensor([17], seed: 40, dtype: dtype),
        pixels: try randomPixels([7, 3, 30, 31], seed: 41)),
      PruningInput(
        layout: .frames(FramesLayout(frames: 3, rows: 7, columns: 7)),
        importance: .receivedAttention(try randomTensor([3, 49], seed: 42, dtype: dtype)),
        tokens: try randomTensor([3, 49, 18], seed: 43, dtype: dtype),
        newline: try randomTensor([18], seed: 44, dtype: dtype),
        entropy: try randomTensor([3, 49], seed: 45)),
    ]
  }

  @Test(arguments: [DType.float32, .float16, .bfloat16])
  func `every kernel set gives the same bits`(dtype: DType) throws {
    let sets = KernelSet.supported.map { Pruner(kernels: $0) }
    for (number, input) in try Self.inputs(dtype).enumerated() {
      let first = try sets[0].select(input, strategy: Self.strategy)
      let tokens = try sets[0].gathered(first, input)
      for other in sets.dropFirst() {
        let selection = try other.select(input, strategy: Self.strategy)
        let what: Comment = "input \(number) on \(other.kernels.name)"
        #expect(selection.map.merged.map(\.bitPattern) == first.map.merged.map(\.bitPattern), what)
        #expect(selection.map.entropy == first.map.entropy, what)
        #expect(selection.map.receivedAttention == first.map.receivedAttention, what)
        #expect(selection.map.globalMask == first.map.globalMask, what)
        #expect(selection.merges == first.merges, what)
        #expect(selection.stages == first.stages, what)
        #expect(selection.positions == first.positions, what)
        #expect(selection.retainedIndices == first.retainedIndices, what)
        #expect(selection.recycledMask == first.recycledMask, what)
        let others = try other.gathered(selection, input)
        #expect(others.map(\.bitPattern) == tokens.map(\.bitPattern), what)
      }
    }
  }

  @Test func `selections are the same on every run and on many threads`() async throws {
    let input = try Self.inputs(.float16)[2]
    let selections = try await withThrowingTaskGroup(of: [Int32].self) { group in
      for _ in 0..<8 {
        group.addTask {
          let selection = try Pruner(kernels: .best).select(input, strategy: Self.strategy)
          return selection.retainedIndices + selection.merges.sources
            + selection.stages.flatMap(\.retainedRows)
        }
      }
      return try await group.reduce(into: Set<[Int32]>()) { $0.insert($1) }
    }
    #expect(selections.count == 1)
  }

  @Test func `stages are nested, ascending and as long as scheduled`() throws {
    for input in try Self.inputs(.float32) {
      let selection = try pruner.select(input, strategy: Self.strategy)
      let counts = StageSchedule.counts(after: selection.count, strategy: Self.strategy)
      #expect(selection.stageCounts == counts)
      var previous = Set((0..<Int32(selection.count)).map { $0 })
      for stage in selection.stages {
        #expect(zip(stage.retainedRows, stage.retainedRows.dropFirst()).allSatisfy { $0 < $1 })
        #expect(previous.isSuperset(of: stage.retainedRows))
        previous = Set(stage.retainedRows)
      }
      let plan = try PruningPlan(layout: input.layout, strategy: Self.strategy)
      #expect((plan.minimum...plan.maximum).contains(selection.count))
    }
  }

  @Test(arguments: [DType.float32, .float16, .bfloat16], [Recycling.grid, .none])
  func `tokens that are looked at while they are gathered tell the same fault`(
    dtype: DType, recycling: Recycling
  ) throws {
    var strategy = Self.strategy
    strategy.recycling = recycling
    strategy.entropyWeight = 0
    let importance = ImportanceSource.importance(try randomTensor([36], seed: 32))
    for index in [0, 19, 100, 360, 36 * 19 - 1] {
      var values = randomFloats(36 * 19, seed: 50)
      for fault in [Float.nan, .infinity, 0] {
        values[index] = fault
        let input = PruningInput(
          layout: .grid(rows: 6, columns: 6, clsTokens: 0), importance: importance,
          tokens: try packed(values, [36, 19], dtype))
        #expect(pruner.looksWhileGathering(input))
        let selection = try pruner.selectUnseen(input, strategy: strategy)
        guard fault != 0 else {
          _ = try pruner.gatheredTensor(selection, input)
          continue
        }
        let early = #expect(throws: PruningError.self) {
          try pruner.select(input, strategy: strategy)
        }
        let late = #expect(throws: PruningError.self) {
          try pruner.gatheredTensor(selection, input)
        }
        #expect(early?.code == .nonFiniteValue)
        #expect(late?.code == early?.code)
        #expect(late?.index == index)
        #expect(early?.index == index)
      }
    }
  }

  private func packed(_ values: [Float], _ dimensions: [Int], _ dtype: DType) throws -> Tensor {
    let shape = try Shape(checking: dimensions)
    guard dtype != .float32 else { return try Tensor(values, shape: shape) }
    let storage = TensorStorage(byteCount: values.count * 2) { bytes in
      for (index, value) in values.enumerated() {
        let bits =
          dtype == .float16 ? Float16(value).bitPattern : UInt16(value.bitPattern >> 16)
        bytes.storeBytes(of: bits, toByteOffset: index * 2, as: UInt16.self)
      }
    }
    return try Tensor(dtype: dtype, shape: shape, storage: storage)
  }

  @Test func `[CLS] weighs in but comes out nowhere`() throws {
    // Every query looks at [CLS] only, and [CLS] looks at token 2.
    var attention = [Float](repeating: 0, count: 25)
    for query in 1..<5 { attention[query * 5] = 1 }
    attention[3] = 1
    let map = try pruner.importance(
      of: PruningInput(
        layout: .grid(rows: 2, columns: 2, clsTokens: 1),
        importance: .attention(try Tensor(attention, shape: [5, 5]))),
      strategy: PruningStrategy(globalThreshold: 1.5, stages: []))
    #expect(map.merged == [0, 0, 1, 0])
    #expect(map.globalMask == [0, 0, 0, 0])
    #expect(map.noGlobalTiles.isEmpty)
  }

  @Test func `pixels are reported only where asked or needed`() throws {
    var input = try Self.inputs(.float32)[1]
    var strategy = Self.strategy
    #expect(try pruner.importance(of: input, strategy: strategy).entropy != nil)
    strategy.entropyWeight = 0
    #expect(try pruner.importance(of: input, strategy: strategy).entropy == nil)
    input.reportsEntropy = true
    #expect(try pruner.importance(of: input, strategy: strategy).entropy?.count == 36)
  }

  @Test func `a negative entropy weight reverses the entropy's effect`() throws {
    let input = PruningInput(
      layout: .inferred(tokens: 4),
      importance: .receivedAttention(try Tensor([0.25, 0.25, 0.25, 0.25], shape: [4])),
      entropy: try Tensor([0, 1, 2, 3], shape: [4]))
    let orders = try [0.5, -0.5].map { weight in
      let map = try pruner.importance(
        of: input, strategy: PruningStrategy(entropyWeight: weight, stages: []))
      return ImportanceOrder(map.merged).indices
    }
    #expect(orders == [[0, 1, 2, 3], [3, 2, 1, 0]])
  }
}
