import Tensors
import Testing
import VectorKernels

@testable import TokenPruning

struct PruningErrorTests {
  /// Names on the wire are fixed: a rename here breaks clients.
  private static let strategyFields = [
    "global_threshold", "entropy_weight", "recycling", "recycling_cell_size", "layers", "stages",
    "layer", "retain_ratio", "token_budget", "count",
  ]
  private static let layoutFields = [
    "rows", "columns", "cls_tokens", "side", "tile_pixels", "image_width", "image_height",
    "max_tiles", "grid_width", "grid_height", "frames", "pool", "patch_pixels",
  ]
  private static let itemFields = ["layout", "input_tokens", "text_tokens"]
  private static let modelFields = ["hidden", "kv_width", "ffn"]

  @Test(arguments: [
    (strategyFields, PruningField.Owner.strategy), (layoutFields, .layout), (itemFields, .item),
    (modelFields, .model),
  ])
  func `settings belong to the object that holds them on the wire`(
    names: [String], owner: PruningField.Owner
  ) {
    let found = PruningField.allCases.filter { $0.owner == owner }.map(\.rawValue)
    #expect(Set(found) == Set(names))
  }

  @Test func `tensors have their names on the wire`() {
    #expect(
      TensorName.allCases.map(\.rawValue) == [
        "tokens", "newline", "attention", "query", "key", "received_attention", "importance",
        "entropy", "pixels", "full", "pruned", "last_token",
      ])
  }

  @Test func `choices have their names on the wire`() {
    #expect(Recycling.allCases.map(\.rawValue) == ["grid", "none"])
    #expect(CountRule.allCases.map(\.rawValue) == ["reference", "exact"])
    #expect(PruningFlag.allCases.map(\.rawValue) == ["no_global_tokens", "all_recycled"])
    #expect(
      ImportanceSourceName.allCases.map(\.rawValue)
        == ["attention", "query_key", "received_attention", "importance"])
    #expect(
      ModelShape.known.map(\.name) == ["llava-onevision-7b", "llava-1.5-7b", "qwen2-vl-7b"])
  }

  @Test func `a wrong shape says what would fit`() throws {
    let error = #expect(throws: PruningError.self) {
      try TensorChecks.requireShape(
        randomTensor([2, 4, 5], seed: 1), .attention, [nil, 4, 4], "square")
    }
    #expect(error?.expected == [nil, 4, 4])
    #expect(error?.actual == [2, 4, 5])
  }

  @Test func `a wrong dtype says what would do`() throws {
    let pixels = try randomPixels([4], seed: 1)
    let real = #expect(throws: PruningError.self) {
      try TensorChecks.elementType(pixels, .importance)
    }
    #expect(real?.supported == [.float32, .float16, .bfloat16])
    let bytes = #expect(throws: PruningError.self) {
      try Pruner(kernels: .best).patchEntropy(of: randomTensor([8, 8, 3], seed: 1))
    }
    #expect(bytes?.supported == [.uint8])
  }

  @Test func `an infeasible budget says what is feasible`() throws {
    let strategy = PruningStrategy(
      layers: 4, stages: [PruningStage(layer: 0, retainRatio: 0.5), PruningStage(layer: 2)],
      tokenBudget: 0.6)
    let error = #expect(throws: PruningError.self) { try strategy.resolved() }
    #expect(
      error?.budget == PruningError.Budget(requested: 0.6, smallest: 0.25, largest: 0.5))
  }

  @Test func `an explanation holds the numbers`() throws {
    let strategy = PruningStrategy(
      layers: 4, stages: [PruningStage(layer: 0, retainRatio: 0.5), PruningStage(layer: 2)],
      tokenBudget: 0.6)
    let budget = #expect(throws: PruningError.self) { try strategy.resolved() }
    #expect(
      budget?.explanation.hasSuffix(
        ": 0.6 is asked for, above 0.25 and at most 0.5 can be reached") == true)
    let recycling = PruningStrategy(
      recyclingCellSize: 2, stages: [PruningStage(layer: 0, retainRatio: 0.5)])
    let layout = #expect(throws: PruningError.self) {
      try PruningPlan(layout: .inferred(tokens: 8), strategy: recycling)
    }
    #expect(layout?.field == .layout)
    #expect(layout?.explanation.hasSuffix(": 8 is not a square, so a layout is needed") == true)
    #expect(PruningError.outOfRange(.layer, "too deep").explanation == "too deep")
  }

  @Test func `errors are equal when they blame the same thing`() {
    #expect(
      PruningError.outOfRange(.layer, stage: 1, "a") == .outOfRange(.layer, stage: 1, "b"))
    #expect(
      PruningError.outOfRange(.layer, stage: 1, "a") != .outOfRange(.layer, stage: 2, "a"))
    #expect(PruningError.outOfRange(.layer, "a") != .missing(.layer, "a"))
  }
}
