import Tensors
import TestSupport
import Testing
import VectorKernels

@testable import TokenPruning

struct PruningPlanTests {
  private let pruner = Pruner(kernels: .best)

  private func strategy(
    _ ratio: Double, cell: Double, count: CountRule = .reference
  ) -> PruningStrategy {
    PruningStrategy(
      recyclingCellSize: cell,
      stages: [
        PruningStage(layer: 0, retainRatio: ratio), PruningStage(layer: 3, retainRatio: 0.5),
      ], count: count)
  }

  @Test func `reference counting spans all orders of a small grid`() throws {
    // 3 x 2 tokens, cells of 2: sizes 4 and 2; 3 to remove, 1 recycled, so 4 are pruned.
    let layout = TokenLayout.grid(rows: 3, columns: 2, clsTokens: 0)
    let strategy = strategy(0.5, cell: 2)
    let plan = try PruningPlan(layout: layout, strategy: strategy)
    var counts: Set<Int> = []
    for seed in 0..<60 {
      let input = PruningInput(
        layout: layout, importance: .importance(try randomTensor([6], seed: UInt64(seed))))
      counts.insert(try pruner.select(input, strategy: strategy).count)
    }
    #expect(counts == [3, 4])
    #expect(plan.minimum == 3 && plan.maximum == 4)
    #expect(plan.stages.map(\.minimum) == [1] && plan.stages.map(\.maximum) == [2])
  }

  @Test(arguments: 0..<20)
  func `bounds hold for tiles whose newlines are pruned first`(seed: Int) throws {
    var generator = SeededGenerator(seed: UInt64(seed))
    let layout = TokenLayout.anyres(
      AnyresLayout(
        side: Int.random(in: 1...5, using: &generator), tilePixels: 10,
        imageWidth: Int.random(in: 5...60, using: &generator),
        imageHeight: Int.random(in: 5...60, using: &generator)))
    let geometry = try TokenGeometry(layout)
    let count = geometry.tileCount * geometry.tokensPerTile
    let strategy = strategy(
      Double.random(in: 0.02...1, using: &generator),
      cell: Double.random(in: 1...4, using: &generator))
    let plan = try PruningPlan(layout: layout, strategy: strategy)
    #expect(plan.inputTokens == geometry.count && plan.newlineTokens == geometry.newlineCount)
    for offset: Float in [0, 0.9, 2] {
      let values = randomFloats(count, seed: UInt64(seed)).map { $0 + offset }
      let shape = try Shape(checking: [geometry.tileCount, geometry.tokensPerTile])
      let selection = try pruner.select(
        PruningInput(layout: layout, importance: .importance(try Tensor(values, shape: shape))),
        strategy: strategy)
      #expect((plan.minimum...plan.maximum).contains(selection.count), "seed \(seed)")
    }
  }

  @Test(arguments: 0..<20)
  func `exact counting holds for tiles and frames`(seed: Int) throws {
    var generator = SeededGenerator(seed: UInt64(500 + seed))
    let cell = Double.random(in: 2...5, using: &generator)
    let ratio = Double.random(in: 0.4...1, using: &generator)
    let layouts: [TokenLayout] = [
      .anyres(
        AnyresLayout(
          side: 4, tilePixels: 10, imageWidth: Int.random(in: 5...60, using: &generator),
          imageHeight: Int.random(in: 5...60, using: &generator), maxTiles: 3)),
      .frames(FramesLayout(frames: 3, rows: 5, columns: 7)),
    ]
    for layout in layouts {
      let geometry = try TokenGeometry(layout)
      let input = PruningInput(
        layout: layout,
        importance: .importance(
          try randomTensor([geometry.tileCount, geometry.tokensPerTile], seed: UInt64(seed))))
      let strategy = strategy(ratio, cell: cell, count: .exact)
      guard let plan = try? PruningPlan(layout: layout, strategy: strategy) else {
        #expect(throws: PruningError.exactCountUnreachable) {
          try pruner.select(input, strategy: strategy)
        }
        continue
      }
      let selection = try pruner.select(input, strategy: strategy)
      #expect(plan.minimum == plan.maximum && selection.count == plan.maximum, "seed \(seed)")
    }
  }

  @Test func `dropped newlines are merged into nothing`() throws {
    let layout = TokenLayout.anyres(
      AnyresLayout(
        side: 2, tilePixels: 10, imageWidth: 20, imageHeight: 20, gridWidth: 2, gridHeight: 2))
    let values = [Float](repeating: 2, count: 20)
    let selection = try pruner.select(
      PruningInput(
        layout: layout, importance: .importance(try Tensor(values, shape: [5, 4]))),
      strategy: PruningStrategy(
        recyclingCellSize: 100, stages: [PruningStage(layer: 0, retainRatio: 0.8)]))
    // 24 tokens, 5 to remove: the four newlines (importance 1) and then token 0.
    #expect(selection.count == 20)
    #expect(selection.merges.sources == [0])
    #expect(selection.positions.tile?.contains(-1) == false)
  }

  @Test func `a long narrow grid keeps its newlines`() throws {
    let layout = TokenLayout.anyres(
      AnyresLayout(
        side: 27, tilePixels: 384, imageWidth: 384, imageHeight: 2304, gridWidth: 1,
        gridHeight: 6))
    let strategy = try #require(PruningStrategy.builtIn(named: "llava-onevision-7b@0.10"))
    let plan = try PruningPlan(layout: layout, strategy: strategy, textTokens: 42)
    #expect(plan.newlineTokens == 162)
    let tiles = try randomTensor([7, 729], seed: 9)
    let selection = try pruner.select(
      PruningInput(layout: layout, importance: .importance(tiles)), strategy: strategy)
    #expect(selection.positions.tile?.count { $0 == -1 } == 162)
    let survivors = try #require(selection.stages.last).retainedRows
    #expect(survivors.count { selection.positions.tile?[Int($0)] == -1 } == 162)
  }

  @Test func `exact counting refuses fewer rows than cells`() throws {
    let layout = TokenLayout.grid(rows: 9, columns: 9, clsTokens: 0)
    let error = #expect(throws: PruningError.self) {
      try PruningPlan(layout: layout, strategy: strategy(0.1, cell: 3, count: .exact))
    }
    #expect(error == .exactCountUnreachable)
    let plan = try PruningPlan(layout: layout, strategy: strategy(0.115, cell: 3, count: .exact))
    #expect(plan.minimum == 9 && plan.maximum == 9)
  }

  @Test func `a plan without recycling needs no grid`() throws {
    var strategy = strategy(0.5, cell: 2)
    strategy.recycling = .none
    let plan = try PruningPlan(layout: .inferred(tokens: 543), strategy: strategy)
    #expect(plan.minimum == 271 && plan.maximum == 271)
    strategy.recycling = .grid
    let error = #expect(throws: PruningError.self) {
      try PruningPlan(layout: .inferred(tokens: 543), strategy: strategy)
    }
    #expect(error?.code == .missingValue && error?.field == .layout)
  }

  @Test func `recycling needs a cell size`() {
    let error = #expect(throws: PruningError.self) {
      try PruningPlan(
        layout: .inferred(tokens: 9),
        strategy: PruningStrategy(stages: [PruningStage(layer: 0, retainRatio: 0.5)]))
    }
    #expect(error?.code == .missingValue && error?.field == .recyclingCellSize)
  }

  @Test func `the largest layout is planned without listing its tokens`() throws {
    let strategy = strategy(0.5, cell: 1)
    let grid = try PruningPlan(
      layout: .grid(rows: 2048, columns: 2048, clsTokens: 0), strategy: strategy)
    #expect(grid.maximum == 1 << 22)
    let frames = try PruningPlan(
      layout: .frames(FramesLayout(frames: 1 << 16, rows: 8, columns: 8, pool: 1)),
      strategy: strategy)
    #expect(frames.inputTokens == (1 << 22) + 1)
  }
}
