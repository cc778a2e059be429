import Tensors
import TestSupport
import Testing
import VectorKernels

@testable import TokenPruning

struct TokenSelectorTests {
  private let pruner = Pruner(kernels: .best)

  private func strategy(_ reference: ReferenceFixture) throws -> PruningStrategy {
    PruningStrategy(
      recyclingCellSize: try reference.double("m"),
      stages: [PruningStage(layer: 0, retainRatio: try reference.double("r"))])
  }

  /// Expects indices, masks and sources to equal the reference's exactly.
  private func expectEqual(
    _ selection: Selection, _ reference: ReferenceFixture, suffix: String = ""
  ) throws {
    let retained = try reference.integers("retained_indices\(suffix)")
    #expect(selection.retainedIndices.map { Int($0) } == retained)
    let mask = try reference.integers("recycled_mask\(suffix)")
    #expect(selection.recycledMask.map { Int($0) } == mask)
    #expect(selection.importance == (try reference.floats("importance_out\(suffix)")))
    let pruned = try reference.integers("pruned_indices\(suffix)")
    let order = ImportanceOrder(selection.map.merged).indices
    #expect(order.prefix(pruned.count).map { Int($0) } == pruned)
    let absorbing = try reference.integers("pruned_to_token\(suffix)")
    #expect(rows(of: pruned, selection) == absorbing)
  }

  /// The output row that absorbed each token.
  private func rows(of tokens: [Int], _ selection: Selection) -> [Int] {
    let recycled = selection.recycledMask.indices.filter { selection.recycledMask[$0] == 1 }
    var rows: [Int32: Int] = [:]
    for (merge, row) in recycled.enumerated() {
      let range = Int(selection.merges.offsets[merge])..<Int(selection.merges.offsets[merge + 1])
      for source in selection.merges.sources[range] { rows[source] = row }
    }
    return tokens.map { rows[Int32($0)] ?? -1 }
  }

  private func expectTokens(
    _ selection: Selection, _ input: PruningInput, _ expected: [Float]
  ) throws {
    let isHalf = input.tokens?.dtype != .float32
    expectClose(
      try pruner.gathered(selection, input), expected, tolerance: isHalf ? 1e-3 : 1e-5, "tokens")
  }

  @Test(arguments: [
    "recycle_n576_m15_r25", "recycle_n729_m11_r72", "recycle_n729_m17_r11",
    "recycle_n81_m2p5_r90", "recycle_n81_m3_r50", "recycle_n81_m40_r30",
    "recycle_n81_overflow",
  ])
  func `recycles as the reference does`(name: String) throws {
    let reference = try ReferenceFixture(name)
    let side = try reference.integer("side")
    let input = PruningInput(
      layout: .grid(rows: side, columns: side, clsTokens: 0),
      importance: .importance(try reference.tensor("importance")),
      tokens: try reference.tensor("features"))
    let selection = try pruner.select(input, strategy: strategy(reference))
    try expectEqual(selection, reference)
    try expectTokens(selection, input, reference.floats("tokens_out"))
    #expect(selection.flags == (name == "recycle_n81_overflow" ? [.allRecycled] : []))
  }

  @Test func `clamps weights that the reference leaves negative`() throws {
    let reference = try ReferenceFixture("recycle_n81_negative")
    let input = PruningInput(
      layout: .grid(rows: 9, columns: 9, clsTokens: 0),
      importance: .importance(try reference.tensor("importance")),
      tokens: try reference.tensor("features"))
    let selection = try pruner.select(input, strategy: strategy(reference))
    try expectEqual(selection, reference)
    let importance = selection.map.merged
    let actual = try pruner.gathered(selection, input)
    let expected = try reference.floats("tokens_out")
    var merge = 0
    var compared = 0
    for row in 0..<selection.count {
      if selection.recycledMask[row] == 1 {
        let sources = selection.merges.sources[
          Int(selection.merges.offsets[merge])..<Int(selection.merges.offsets[merge + 1])]
        merge += 1
        if sources.contains(where: { importance[Int($0)] < 0 }) { continue }
      }
      compared += 1
      expectClose(
        Array(actual[row * 16..<row * 16 + 16]), Array(expected[row * 16..<row * 16 + 16]))
    }
    #expect(compared >= 23)
    #expect(selection.merges.weights.allSatisfy { $0 >= 0 })
  }

  @Test(arguments: ["anyres_s9_2x2", "anyres_s9_tall", "anyres_s9_interp", "anyres_s27_2x1"])
  func `merges tiles as the reference does`(name: String) throws {
    let reference = try ReferenceFixture(name)
    let input = PruningInput(
      layout: .anyres(
        AnyresLayout(
          side: try reference.integer("side"), tilePixels: 384,
          imageWidth: try reference.integer("image_width"),
          imageHeight: try reference.integer("image_height"))),
      importance: .importance(try reference.tensor("tile_importance")),
      tokens: try reference.tensor("features"),
      newline: try reference.tensor("image_newline"))
    let selection = try pruner.select(input, strategy: strategy(reference))
    let merged = try reference.floats("merged_importance")
    expectClose(selection.map.merged, merged, tolerance: 1e-6, "merged importance")
    let newlines = try reference.integers("newline_indices")
    let found = (0..<selection.inputTokens).filter {
      selection.geometry.origin(of: $0) == .newline
    }
    #expect(found == newlines)
    #expect(selection.newlineTokens == newlines.count)
    try expectIndicesEqual(selection, reference)
    try expectTokens(selection, input, reference.floats("tokens_out"))
    guard reference.has("merged_features") else { return }
    let everything = try pruner.select(
      input, strategy: PruningStrategy(stages: [PruningStage(layer: 0, retainRatio: 1)]))
    try expectTokens(everything, input, reference.floats("merged_features"))
  }

  /// As `expectEqual`, but bilinear importances agree only to rounding.
  private func expectIndicesEqual(_ selection: Selection, _ reference: ReferenceFixture) throws {
    let retained = try reference.integers("retained_indices")
    #expect(selection.retainedIndices.map { Int($0) } == retained)
    let mask = try reference.integers("recycled_mask")
    #expect(selection.recycledMask.map { Int($0) } == mask)
    expectClose(selection.importance, try reference.floats("importance_out"), tolerance: 1e-6)
    let pruned = try reference.integers("pruned_indices")
    #expect(rows(of: pruned, selection) == (try reference.integers("pruned_to_token")))
  }

  @Test func `keeps the top tokens of several images`() throws {
    let reference = try ReferenceFixture("topk_2img_s24")
    let strategy = PruningStrategy(
      recycling: .none, stages: [PruningStage(layer: 0, retainRatio: try reference.double("r"))])
    for image in 0..<2 {
      let input = PruningInput(
        layout: .inferred(tokens: 576),
        importance: .importance(try reference.tensor("importance")[image]),
        tokens: try reference.tensor("features")[image])
      let selection = try pruner.select(input, strategy: strategy)
      let retained = try reference.integers("retained_indices", image)
      #expect(selection.retainedIndices.map { Int($0) } == retained)
      #expect(selection.importance == (try reference.floats("importance_out", image)))
      #expect(
        try pruner.gathered(selection, input) == (try reference.floats("tokens_out", image)))
    }
  }

  @Test func `pools video frames as the reference does`() throws {
    let reference = try ReferenceFixture("video_4f_s9")
    let input = PruningInput(
      layout: .frames(FramesLayout(frames: 4, rows: 9, columns: 9, pool: 2)),
      importance: .importance(try reference.tensor("frame_importance")),
      tokens: try reference.tensor("features"), newline: try reference.tensor("image_newline"))
    let strategy = PruningStrategy(
      recycling: .none, stages: [PruningStage(layer: 0, retainRatio: try reference.double("r"))])
    let selection = try pruner.select(input, strategy: strategy)
    expectClose(
      selection.map.merged, try reference.floats("pooled_importance"), tolerance: 1e-6)
    let retained = try reference.integers("retained_indices")
    #expect(selection.retainedIndices.map { Int($0) } == retained)
    try expectTokens(selection, input, reference.floats("tokens_out"))
    let everything = try pruner.select(
      input, strategy: PruningStrategy(stages: [PruningStage(layer: 0, retainRatio: 1)]))
    try expectTokens(everything, input, reference.floats("pooled_features"))
  }

  @Test(arguments: [
    "progressive_25pct", "progressive_50pct", "progressive_half_rounding",
    "progressive_vicuna_l32",
  ])
  func `removes the reference's tokens in every stage`(name: String) throws {
    let reference = try ReferenceFixture(name)
    let layers = try reference.doubles("llm_layers").map { Int($0) }
    let ratios = try reference.doubles("llm_ratios")
    let later = zip(layers, ratios).map { PruningStage(layer: $0, retainRatio: $1) }
    let input = PruningInput(
      layout: .inferred(tokens: try reference.integer("n_visual")),
      importance: .importance(try reference.tensor("importance")))
    let selection = try pruner.select(
      input,
      strategy: PruningStrategy(
        layers: try reference.integer("n_layers"),
        stages: [PruningStage(layer: 0, retainRatio: 1)] + later))
    #expect(selection.stageCounts == (try reference.doubles("visual_per_stage").map { Int($0) }))
    for (index, stage) in selection.stages.enumerated() {
      let expected = try reference.integers("stage\(index + 1)_visual_indices")
      #expect(stage.retainedRows.map { Int($0) } == expected)
    }
  }

  @Test(arguments: ["e2e_n81_b2", "e2e_n576_photo"])
  func `equals the reference from pixels to the last stage`(name: String) throws {
    let reference = try ReferenceFixture(name)
    let layers = try reference.doubles("llm_layers").map { Int($0) }
    let ratios = try reference.doubles("llm_ratios")
    let strategy = PruningStrategy(
      globalThreshold: try reference.double("t"), entropyWeight: try reference.double("alpha"),
      recyclingCellSize: try reference.double("m"), layers: try reference.integer("n_layers"),
      stages: [PruningStage(layer: 0, retainRatio: try reference.double("r"))]
        + zip(layers, ratios).map { PruningStage(layer: $0, retainRatio: $1) })
    for item in 0..<(try reference.integer("batch")) {
      let input = PruningInput(
        layout: .inferred(tokens: try reference.tensor("features").shape[1]),
        importance: .queryKey(
          query: try reference.tensor("q")[item], key: try reference.tensor("k")[item]),
        tokens: try reference.tensor("features")[item],
        pixels: try reference.tensor("image")[item])
      let selection = try pruner.select(input, strategy: strategy)
      try expectEndToEnd(selection, input, reference, item)
    }
  }

  private func expectEndToEnd(
    _ selection: Selection, _ input: PruningInput, _ reference: ReferenceFixture, _ item: Int
  ) throws {
    expectClose(selection.map.merged, try reference.floats("importance", item), "importance")
    expectClose(try #require(selection.map.entropy), try reference.floats("entropy", item))
    let mask = try reference.integers("global_mask", item)
    #expect(selection.map.globalMask?.map { Int($0) } == mask)
    let retained = try reference.integers("retained_indices.\(item)")
    #expect(selection.retainedIndices.map { Int($0) } == retained)
    #expect(
      selection.recycledMask.map { Int($0) } == (try reference.integers("recycled_mask.\(item)")))
    let pruned = try reference.integers("pruned_indices.\(item)")
    #expect(rows(of: pruned, selection) == (try reference.integers("pruned_to_token.\(item)")))
    expectClose(selection.importance, try reference.floats("importance_out.\(item)"))
    try expectTokens(selection, input, reference.floats("tokens_out.\(item)"))
    for (index, stage) in selection.stages.enumerated() {
      let expected = try reference.integers("stage\(index + 1)_visual_indices.\(item)")
      #expect(stage.retainedRows.map { Int($0) } == expected)
    }
  }
}
