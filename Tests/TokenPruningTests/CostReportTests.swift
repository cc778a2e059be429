import Testing

@testable import TokenPruning

struct CostReportTests {
  /// Stage counts before integer rounding do not exist here, so figures agree to a token or so.
  private func report(
    _ ratios: [Double], layers: Int, starts: [Int], visual: Int, text: Int, model: String
  ) throws -> CostReport {
    let strategy = PruningStrategy(
      layers: layers, stages: zip(starts, ratios).map { PruningStage(layer: $0, retainRatio: $1) })
    var product = 1.0
    let counts = ratios.map { ratio in
      product *= ratio
      return Int((Double(visual) * product).rounded())
    }
    return try CostReport(
      inputTokens: visual, stageCounts: counts, strategy: strategy, textTokens: text,
      model: try #require(ModelShape.known(named: model)))
  }

  @Test(arguments: [
    ("llava-onevision-7b@0.50", 7371, 0.496, 2.08), ("llava-onevision-7b@0.25", 7371, 0.745, 4.25),
    ("llava-onevision-7b@0.10", 7371, 0.895, 10.5), ("llava-onevision-7b@0.10", 1485, 0.875, 8.2),
  ])
  func `equals the published strategies' figures`(
    name: String, visual: Int, cache: Double, flops: Double
  ) throws {
    let strategy = try #require(PruningStrategy.builtIn(named: name))
    let found = try report(
      strategy.retainRatios, layers: 28, starts: [0, 9, 18], visual: visual, text: 42,
      model: "llava-onevision-7b")
    #expect(abs(found.kvCacheReduction - cache) < 6e-4)
    #expect(abs(try #require(found.prefillFlopRatio) / flops - 1) < 6e-3)
    #expect(abs(found.meanTokenRatio - strategy.meanTokenRatio) < 1e-3)
  }

  @Test func `equals the figures of a model without grouped heads`() throws {
    let found = try report(
      [0.30, 0.85, 0.82], layers: 32, starts: [0, 10, 20], visual: 576, text: 60,
      model: "llava-1.5-7b")
    #expect(abs(found.kvCacheReduction - 0.678) < 1e-3)
    #expect(abs(try #require(found.prefillFlopRatio) - 3.1) < 0.05)
  }

  @Test func `counts operations of one layer`() throws {
    // 8.34 TFLOP for 636 tokens through 32 layers.
    let model = try #require(ModelShape.known(named: "llava-1.5-7b"))
    #expect(abs(32 * model.prefillOperations(tokens: 636) / 8.34e12 - 1) < 2e-3)
  }

  @Test func `nothing left to run has no ratio`() throws {
    let strategy = PruningStrategy(stages: [PruningStage(layer: 0, retainRatio: 0.1)])
    let found = try CostReport(inputTokens: 1, stageCounts: [0], strategy: strategy)
    #expect(found.prefillFlopRatio == nil)
    #expect(found.kvCacheReduction == 1 && found.meanTokenRatio == 0)
    #expect(found.model.name == "llava-onevision-7b")
  }

  @Test func `no pruning saves nothing`() throws {
    let strategy = PruningStrategy(stages: [PruningStage(layer: 0, retainRatio: 1)])
    let found = try CostReport(
      inputTokens: 576, stageCounts: [576], strategy: strategy, textTokens: 7,
      model: ModelShape(hidden: 64, kvWidth: 16, ffn: 256))
    #expect(found.meanTokenRatio == 1)
    #expect(found.kvCacheReduction == 0)
    #expect(found.prefillFlopRatio == 1)
    #expect(found.model.name == nil)
  }

  @Test(arguments: [(0, 1, 1, PruningField.hidden), (1, -1, 1, .kvWidth), (1, 1, .max, .ffn)])
  func `refuses sizes out of range`(hidden: Int, kvWidth: Int, ffn: Int, field: PruningField) {
    let error = #expect(throws: PruningError.self) {
      try ModelShape(hidden: hidden, kvWidth: kvWidth, ffn: ffn)
    }
    #expect(error?.field == field && error?.code == .valueOutOfRange)
  }

  @Test(arguments: [-1, 1 << 40])
  func `refuses a text length out of range`(textTokens: Int) {
    let strategy = PruningStrategy(stages: [PruningStage(layer: 0, retainRatio: 1)])
    let error = #expect(throws: PruningError.self) {
      try CostReport(
        inputTokens: 1, stageCounts: [1], strategy: strategy, textTokens: textTokens)
    }
    #expect(error?.field == .textTokens)
  }
}
