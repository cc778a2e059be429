import Tensors
import Testing
import TokenPruning

@testable import PruningService

@Suite struct AnswerDigestTests {
  private let strategy = PruningStrategy(
    recyclingCellSize: 3, layers: 4,
    stages: [PruningStage(layer: 0, retainRatio: 0.5), PruningStage(layer: 2, retainRatio: 0.5)])

  private func selection(_ seed: UInt64, _ strategy: PruningStrategy) throws -> Selection {
    let input = PruningInput(
      layout: .grid(rows: 4, columns: 4, clsTokens: 0),
      importance: .importance(try SampleItems.floats([16], seed: seed)))
    return try SampleItems.pruner.select(input, strategy: strategy)
  }

  @Test func `is 32 hexadecimal digits, the same every time`() throws {
    let selection = try selection(1, strategy)
    let digest = AnswerDigest.hexadecimal(strategy: strategy, selection: selection)
    #expect(digest.count == 32)
    #expect(digest.allSatisfy { "0123456789abcdef".contains($0) })
    #expect(digest == AnswerDigest.hexadecimal(strategy: strategy, selection: selection))
  }

  @Test func `is the one that the documentation describes`() throws {
    let strategy = PruningStrategy(
      recycling: .none, layers: 1, stages: [PruningStage(layer: 0, retainRatio: 0.5)])
    let input = PruningInput(
      layout: .grid(rows: 2, columns: 2, clsTokens: 0),
      importance: .importance(try .floats([0.4, 0.1, 0.3, 0.2], [4])))
    let selection = try SampleItems.pruner.select(input, strategy: strategy)
    // Worked out from docs/wire-format.md with another SHA-256.
    #expect(
      AnswerDigest.hexadecimal(strategy: strategy, selection: selection)
        == "cdc4155a16b4c293b882ae7ca3b88a4a")
  }

  @Test func `differs with the selection`() throws {
    let digests = Set(
      try (1...20).map {
        AnswerDigest.hexadecimal(strategy: strategy, selection: try selection($0, strategy))
      })
    #expect(digests.count == 20)
  }

  @Test func `differs with every setting of the strategy`() throws {
    let selection = try selection(1, strategy)
    var variants = [strategy]
    func vary(_ change: (inout PruningStrategy) -> Void) {
      var variant = strategy
      change(&variant)
      variants.append(variant)
    }
    vary { $0.globalThreshold = 0 }
    vary { $0.entropyWeight = 1 }
    vary { $0.recycling = .none }
    vary { $0.recyclingCellSize = nil }
    vary { $0.recyclingCellSize = 3.5 }
    vary { $0.layers = 5 }
    vary { $0.stages[1].layer = 3 }
    vary { $0.stages[1].retainRatio = 0.25 }
    vary { $0.stages.removeLast() }
    vary { $0.tokenBudget = 0.375 }
    vary { $0.count = .exact }
    let digests = Set(
      variants.map { AnswerDigest.hexadecimal(strategy: $0, selection: selection) })
    #expect(digests.count == variants.count)
  }
}
