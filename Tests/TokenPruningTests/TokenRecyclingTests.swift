import Tensors
import TestSupport
import Testing
import VectorKernels

@testable import TokenPruning

struct TokenRecyclingTests {
  private let pruner = Pruner(kernels: .best)

  private func select(
    _ importance: [Float], layout: TokenLayout? = nil, ratio: Double, cell: Double?,
    count: CountRule = .reference
  ) throws -> Selection {
    let shape = try Shape(checking: [importance.count])
    return try pruner.select(
      PruningInput(
        layout: layout ?? .inferred(tokens: importance.count),
        importance: .importance(try Tensor(importance, shape: shape))),
      strategy: PruningStrategy(
        recycling: cell == nil ? .none : .grid, recyclingCellSize: cell,
        stages: [PruningStage(layer: 0, retainRatio: ratio)], count: count))
  }

  @Test func `the lower index goes first among equals and hosts its cell`() throws {
    let selection = try select([Float](repeating: 0.5, count: 16), ratio: 0.5, cell: 4)
    // 8 to remove and 1 recycled: tokens 0 to 8 merge onto token 0.
    #expect(selection.retainedIndices == [0, 9, 10, 11, 12, 13, 14, 15])
    #expect(selection.recycledMask == [1, 0, 0, 0, 0, 0, 0, 0])
    #expect(selection.merges.sources == (0...8).map { $0 })
    #expect(selection.merges.weights.allSatisfy { $0 == Float(1.0 / 9) })
  }

  @Test func `a ratio of 1 changes nothing`() throws {
    let selection = try select(randomFloats(16, seed: 1), ratio: 1, cell: 2)
    #expect(selection.retainedIndices == (0..<16).map { $0 })
    #expect(selection.recycledCount == 0 && selection.flags.isEmpty)
  }

  @Test func `a cell of one token is the identity`() throws {
    let selection = try select(randomFloats(16, seed: 1), ratio: 0.5, cell: 1)
    #expect(selection.count == 16)
    #expect(selection.recycledMask == [UInt8](repeating: 1, count: 16))
    #expect(selection.merges.weights == [Float](repeating: 1, count: 16))
    #expect(selection.flags == [.allRecycled])
  }

  @Test func `a huge cell leaves one recycled token`() throws {
    let selection = try select(randomFloats(16, seed: 1), ratio: 0.5, cell: 1e300)
    #expect(selection.count == 9 && selection.recycledCount == 1)
  }

  @Test func `a tiny ratio leaves one token per cell`() throws {
    let selection = try select(randomFloats(16, seed: 1), ratio: 1e-9, cell: 2)
    #expect(selection.count == 4 && selection.flags == [.allRecycled])
  }

  @Test func `one token survives as itself`() throws {
    for cell in [1.0, 5] {
      let selection = try select([0.3], ratio: 0.1, cell: cell)
      #expect(selection.retainedIndices == [0] && selection.recycledMask == [1])
      #expect(selection.merges == Merges(offsets: [0, 1], sources: [0], weights: [1]))
    }
  }

  @Test func `without recycling nothing need remain`() throws {
    #expect(try select([0.3], ratio: 0.1, cell: nil).count == 0)
  }

  @Test func `negative importances weigh nothing beside positive ones`() throws {
    let selection = try select([-1, 3, 1, 9], ratio: 0.5, cell: 2)
    // 2 to remove and 1 recycled: tokens 0, 2 and 1 merge onto token 1.
    #expect(selection.retainedIndices == [1, 3])
    #expect(selection.merges.sources == [0, 1, 2])
    #expect(selection.merges.weights == [0, 0.75, 0.25])
  }

  @Test func `weights are uniform where no importance is positive`() throws {
    let selection = try select([-1, -3, -2, 9], ratio: 0.5, cell: 2)
    #expect(selection.merges.weights == [Float](repeating: 1 / Float(3), count: 3))
  }

  @Test(arguments: 0..<40)
  func `properties hold for random shapes`(seed: Int) throws {
    var generator = SeededGenerator(seed: UInt64(seed))
    let rows = Int.random(in: 1...12, using: &generator)
    let columns = Int.random(in: 1...12, using: &generator)
    let cell = Double.random(in: 1...8, using: &generator)
    let ratio = Double.random(in: 0.01...1, using: &generator)
    let levels = Int.random(in: 1...200, using: &generator)
    let importance = (0..<rows * columns).map { _ in
      Float(Int.random(in: 0...levels, using: &generator)) / Float(levels)
    }
    let layout = TokenLayout.grid(rows: rows, columns: columns, clsTokens: 0)
    let selection = try select(importance, layout: layout, ratio: ratio, cell: cell)
    try expectProperties(selection)
    let plan = try PruningPlan(
      layout: layout,
      strategy: PruningStrategy(
        recyclingCellSize: cell, stages: [PruningStage(layer: 0, retainRatio: ratio)]))
    #expect((plan.minimum...plan.maximum).contains(selection.count), "seed \(seed)")
  }

  private func expectProperties(_ selection: Selection) throws {
    let indices = selection.retainedIndices
    #expect(zip(indices, indices.dropFirst()).allSatisfy { $0 < $1 })
    #expect(indices.allSatisfy { $0 >= 0 && $0 < selection.inputTokens })
    #expect(selection.recycledMask.count == indices.count)
    #expect(selection.recycledMask.count { $0 == 1 } == selection.recycledCount)
    let merges = selection.merges
    #expect(merges.offsets.last.map { Int($0) } == merges.sources.count)
    for row in 0..<selection.recycledCount {
      let range = Int(merges.offsets[row])..<Int(merges.offsets[row + 1])
      #expect(!range.isEmpty)
      #expect(abs(merges.weights[range].reduce(0.0) { $0 + Double($1) } - 1) < 1e-5)
    }
    // Every input token is kept or merged, and none is both unless it hosts.
    var uses = [Int](repeating: 0, count: selection.inputTokens)
    for (row, index) in indices.enumerated() where selection.recycledMask[row] == 0 {
      uses[Int(index)] += 1
    }
    for source in merges.sources { uses[Int(source)] += 1 }
    #expect(uses.allSatisfy { $0 == 1 })
  }

  @Test(arguments: 0..<60)
  func `exact counting gives the planned count or is refused by both`(seed: Int) throws {
    var generator = SeededGenerator(seed: UInt64(1000 + seed))
    let rows = Int.random(in: 1...15, using: &generator)
    let columns = Int.random(in: 1...15, using: &generator)
    let layout = TokenLayout.grid(rows: rows, columns: columns, clsTokens: 0)
    let strategy = PruningStrategy(
      recyclingCellSize: Double.random(in: 1...6, using: &generator),
      stages: [
        PruningStage(layer: 0, retainRatio: Double.random(in: 0.01...1, using: &generator)),
        PruningStage(layer: 2, retainRatio: 0.5),
      ], count: .exact)
    let input = PruningInput(
      layout: layout,
      importance: .importance(try randomTensor([rows * columns], seed: UInt64(seed))))
    do {
      let plan = try PruningPlan(layout: layout, strategy: strategy)
      let selection = try pruner.select(input, strategy: strategy)
      #expect(plan.minimum == plan.maximum)
      #expect(selection.count == plan.maximum)
      #expect(selection.stages.map(\.count) == plan.stages.map(\.maximum))
      try expectProperties(selection)
    } catch let planned as PruningError {
      let error = #expect(throws: PruningError.self) {
        try pruner.select(input, strategy: strategy)
      }
      #expect(error == planned && planned.field == .retainRatio)
    }
  }

  @Test func `exact counting prunes no more than it must`() throws {
    let selection = try select(
      [1, 2, 3, 4, 5, 6, 7, 8, 9], ratio: 0.5, cell: 3, count: .exact)
    // 9 * 0.5 = 4.5 removes 4: five tokens merged into one leave five rows.
    #expect(selection.count == 5)
    #expect(selection.merges.sources == [0, 1, 2, 3, 4])
  }
}
