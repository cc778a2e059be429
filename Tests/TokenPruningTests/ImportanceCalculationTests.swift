import Tensors
import TestSupport
import Testing
import VectorKernels

@testable import TokenPruning

struct ImportanceCalculationTests {
  private let pruner = Pruner(kernels: .best)

  private static let references = [
    "importance_n81_f32", "importance_n81_h16_alpha0", "importance_n81_f16_t0_negalpha",
    "importance_n576_f16", "importance_n729_qk_f32", "importance_cls_n81_f32",
    "importance_n81_none_global",
  ]

  private func strategy(_ reference: ReferenceFixture) throws -> PruningStrategy {
    PruningStrategy(
      globalThreshold: try reference.double("t"), entropyWeight: try reference.double("alpha"),
      stages: [PruningStage(layer: 0, retainRatio: 1)])
  }

  private func input(_ reference: ReferenceFixture, _ item: Int) throws -> PruningInput {
    let side = try reference.integer("side")
    let cls = try reference.integer("cls_tokens")
    let source: ImportanceSource =
      reference.has("q")
      ? .queryKey(query: try reference.tensor("q")[item], key: try reference.tensor("k")[item])
      : .attention(try reference.tensor("attention")[item])
    return PruningInput(
      layout: .grid(rows: side, columns: side, clsTokens: cls), importance: source,
      entropy: reference.has("entropy") ? try reference.tensor("entropy")[item] : nil)
  }

  @Test(arguments: references)
  func `equals the reference's importance maps`(name: String) throws {
    let reference = try ReferenceFixture(name)
    let cls = try reference.integer("cls_tokens")
    for item in 0..<(try reference.integer("batch")) {
      let map = try pruner.importance(
        of: input(reference, item), strategy: strategy(reference))
      let received = try reference.floats("received_attention", item).dropFirst(cls)
      expectClose(try #require(map.receivedAttention), Array(received), "received attention")
      let mask = try reference.integers("global_mask", item).dropFirst(cls)
      #expect(map.globalMask?.map { Int($0) } == Array(mask))
      let expected = try reference.floats(
        reference.has("importance_without_cls") ? "importance_without_cls" : "importance", item)
      guard map.noGlobalTiles.isEmpty else {
        #expect(!expected.contains { !$0.isNaN }, "the reference averages nothing there")
        continue
      }
      expectClose(map.merged, expected, "importance")
    }
  }

  @Test func `falls back to received attention where no token is global`() throws {
    let reference = try ReferenceFixture("importance_n81_none_global")
    var strategy = try strategy(reference)
    strategy.entropyWeight = 0
    let map = try pruner.importance(of: input(reference, 0), strategy: strategy)
    #expect(map.noGlobalTiles == [0])
    #expect(map.flags == [.noGlobalTokens])
    #expect(map.merged == map.receivedAttention)
    #expect(map.globalMask == [UInt8](repeating: 0, count: 81))
  }

  @Test func `a head mean gives what its heads give`() throws {
    let attention = try randomTensor([4, 9, 9], seed: 11)
    let mean = try headMean(attention)
    let strategy = PruningStrategy(
      globalThreshold: 1, stages: [PruningStage(layer: 0, retainRatio: 1)])
    let layout = TokenLayout.grid(rows: 3, columns: 3, clsTokens: 0)
    let maps = try [attention, mean].map {
      try pruner.importance(
        of: PruningInput(layout: layout, importance: .attention($0)), strategy: strategy)
    }
    #expect(maps[0].globalMask == maps[1].globalMask)
    expectClose(maps[0].merged, maps[1].merged)
  }

  private func headMean(_ attention: Tensor) throws -> Tensor {
    let values = attention.floats
    let mean = (0..<81).map { index in
      (0..<4).reduce(Float(0)) { $0 + values[$1 * 81 + index] } / 4
    }
    return try Tensor(mean, shape: [9, 9])
  }

  @Test func `the order of heads decides nothing`() throws {
    let seed: UInt64 = 5
    let attention = try randomTensor([4, 9, 9], seed: seed)
    let values = attention.floats
    let reversed = try Tensor(
      (0..<4).reversed().flatMap { values[$0 * 81..<($0 + 1) * 81] }, shape: [4, 9, 9])
    let strategy = PruningStrategy(
      globalThreshold: 1.02, recyclingCellSize: 2,
      stages: [PruningStage(layer: 0, retainRatio: 0.5)])
    let selections = try [attention, reversed].map {
      try pruner.select(
        PruningInput(
          layout: .grid(rows: 3, columns: 3, clsTokens: 0), importance: .attention($0)),
        strategy: strategy)
    }
    #expect(selections[0].retainedIndices == selections[1].retainedIndices, "seed \(seed)")
    #expect(selections[0].recycledMask == selections[1].recycledMask, "seed \(seed)")
  }

  @Test func `received attention is used as context relevance`() throws {
    let received = try Tensor([0.1, 0.2, 0.3, 0.4], shape: [4])
    let entropy = try Tensor([1, 1, 1, 1], shape: [4])
    let map = try pruner.importance(
      of: PruningInput(
        layout: .inferred(tokens: 4), importance: .receivedAttention(received),
        entropy: entropy),
      strategy: PruningStrategy(entropyWeight: 1, stages: []))
    expectClose(map.merged, [0.35, 0.45, 0.55, 0.65])
    #expect(map.source == .receivedAttention)
    #expect(map.globalMask == nil)
    #expect(map.entropy == [1, 1, 1, 1])
  }

  @Test func `each tile is normalised on its own`() throws {
    let layout = TokenLayout.frames(FramesLayout(frames: 2, rows: 2, columns: 1, pool: 1))
    let map = try pruner.importance(
      of: PruningInput(
        layout: layout, importance: .receivedAttention(try Tensor([0, 0, 0, 0], shape: [2, 2])),
        entropy: try Tensor([0, 0, 5, 5], shape: [2, 2])),
      strategy: PruningStrategy(entropyWeight: 2, stages: []))
    #expect(map.merged == [1, 1, 1, 1, 1])
    #expect(map.tiles == 2)
  }

  @Test func `tiles without global tokens are listed`() throws {
    // Tile 0 is flat; in tile 1 every query looks at token 0.
    let flat = [Float](repeating: 0.25, count: 16)
    let sink = (0..<16).map { Float($0 % 4 == 0 ? 1 : 0) }
    let map = try pruner.importance(
      of: PruningInput(
        layout: .frames(FramesLayout(frames: 2, rows: 2, columns: 2, pool: 1)),
        importance: .attention(try Tensor(flat + sink, shape: [2, 4, 4]))),
      strategy: PruningStrategy(globalThreshold: 2, stages: []))
    #expect(map.noGlobalTiles == [0])
    #expect(map.globalMask == [0, 0, 0, 0, 1, 0, 0, 0])
    #expect(map.merged == [0.25, 0.25, 0.25, 0.25, 1, 0, 0, 0, 1])
  }

  @Test func `all tokens being global changes nothing`() throws {
    // Every column receives more than 0 times the mean: the rows of K are all rows.
    let attention = try randomTensor([2, 9, 9], seed: 77)
    let map = try pruner.importance(
      of: PruningInput(layout: .inferred(tokens: 9), importance: .attention(attention)),
      strategy: PruningStrategy(globalThreshold: 0, stages: []))
    #expect(map.globalMask == [UInt8](repeating: 1, count: 9))
    #expect(map.merged == map.receivedAttention)
  }

  @Test func `the threshold is strict`() throws {
    // Both tokens receive the mean exactly.
    let attention = try Tensor([0.5, 0.5, 0.5, 0.5], shape: [2, 2])
    let map = try pruner.importance(
      of: PruningInput(
        layout: .grid(rows: 1, columns: 2, clsTokens: 0), importance: .attention(attention)),
      strategy: PruningStrategy(globalThreshold: 1, stages: []))
    #expect(map.globalMask == [0, 0] && map.noGlobalTiles == [0])
  }

  @Test func `refuses attention whose means over global tokens overflow`() throws {
    // Columns cancel over all rows, but not over the ones that turn out to be global.
    var values = [Float](repeating: 0, count: 256)
    for row in 0..<16 {
      for column in 0..<16 {
        values[row * 16 + column] =
          column == 0 ? (row % 2 == 0 ? 3e38 : -3e38) : (column % 2 == 0 ? 1 : -1)
      }
    }
    let input = PruningInput(
      layout: .inferred(tokens: 16), importance: .attention(try Tensor(values, shape: [16, 16])))
    let strategy = PruningStrategy(
      globalThreshold: 0, stages: [PruningStage(layer: 0, retainRatio: 1)])
    let error = #expect(throws: PruningError.self) {
      try pruner.importance(of: input, strategy: strategy)
    }
    #expect(error?.code == .nonFiniteValue)
    #expect(error?.tensor == .attention)
  }

  @Test(arguments: [[1, 1, 4097], [2, 1_048_576, 1]])
  func `refuses attention that would take hours`(dimensions: [Int]) throws {
    let tensor = try randomTensor(dimensions, seed: 4, dtype: .float16)
    let input = PruningInput(
      layout: .inferred(tokens: dimensions[1]), importance: .queryKey(query: tensor, key: tensor))
    let strategy = PruningStrategy(
      globalThreshold: 1, stages: [PruningStage(layer: 0, retainRatio: 1)])
    let error = #expect(throws: PruningError.self) {
      try pruner.importance(of: input, strategy: strategy)
    }
    #expect(error?.code == .valueOutOfRange)
    #expect(error?.tensor == .query)
  }

  @Test func `gives up when it is interrupted`() throws {
    let tensor = try randomTensor([1, 64, 8], seed: 6)
    let input = PruningInput(
      layout: .inferred(tokens: 64), importance: .queryKey(query: tensor, key: tensor))
    let strategy = PruningStrategy(
      globalThreshold: 1, stages: [PruningStage(layer: 0, retainRatio: 1)])
    let error = #expect(throws: PruningError.self) {
      try pruner.interrupted(when: { true }).importance(of: input, strategy: strategy)
    }
    #expect(error?.code == .interrupted)
  }
}
