import Tensors
import Testing
import VectorKernels

@testable import TokenPruning

struct SelectionDigestTests {
  private let strategy = PruningStrategy(
    recyclingCellSize: 2, stages: [PruningStage(layer: 0, retainRatio: 0.5)])

  private func selection(_ importance: [Float]) throws -> Selection {
    let shape = try Shape(checking: [importance.count])
    return try Pruner(kernels: .best).select(
      PruningInput(
        layout: .inferred(tokens: importance.count),
        importance: .importance(try Tensor(importance, shape: shape))),
      strategy: strategy)
  }

  @Test func `has 32 digits and stays what it was`() throws {
    let selection = try selection((0..<16).map { Float($0) })
    let digest = SelectionDigest(selection, strategy: strategy).description
    #expect(digest == Self.recorded)
    #expect(digest.utf8.count == 32)
  }

  private static let recorded = "12af2a1d2f0c113ed3127d079d0802d9"

  @Test func `equal selections have equal digests`() throws {
    let values = randomFloats(64, seed: 2)
    #expect(
      SelectionDigest(try selection(values), strategy: strategy)
        == SelectionDigest(try selection(values), strategy: strategy))
  }

  @Test func `any difference shows`() throws {
    let selection = try selection(randomFloats(64, seed: 2))
    var strategies = [strategy, strategy, strategy, strategy, strategy]
    strategies[1].globalThreshold = 0
    strategies[2].entropyWeight = 0.1
    strategies[3].count = .exact
    strategies[4].stages[0].retainRatio = 0.5.nextUp
    let other = try self.selection(randomFloats(64, seed: 3))
    let digests =
      strategies.map { SelectionDigest(selection, strategy: $0) }
      + [SelectionDigest(other, strategy: strategy)]
    #expect(Set(digests).count == 6)
  }
}
