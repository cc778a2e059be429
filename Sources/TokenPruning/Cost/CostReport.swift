/// The sizes of a language model that decide what a visual token costs.
public struct ModelShape: Sendable, Equatable {
  /// The model's name on the wire; nil for sizes from the request.
  public let name: String?
  /// The width of the residual stream.
  public let hidden: Int
  /// The width of all key-value heads together.
  public let kvWidth: Int
  /// The width of the feed-forward layer.
  public let ffn: Int

  /// The models whose sizes are known; the first is the default.
  public static let known: [ModelShape] = [
    ModelShape(name: "llava-onevision-7b", hidden: 3584, kvWidth: 512, ffn: 18944),
    ModelShape(name: "llava-1.5-7b", hidden: 4096, kvWidth: 4096, ffn: 11008),
    ModelShape(name: "qwen2-vl-7b", hidden: 3584, kvWidth: 512, ffn: 18944),
  ]

  /// The model that a report assumes when the request names none.
  public static var standard: ModelShape { known[0] }

  /// The known model of that name.
  public static func known(named name: String) -> ModelShape? {
    known.first { $0.name == name }
  }

  /// Takes the sizes of another model.
  ///
  /// - Parameters:
  ///   - hidden: 1 to 1048576.
  ///   - kvWidth: 1 to 1048576.
  ///   - ffn: 1 to 1048576.
  /// - Throws: ``PruningError/Code/valueOutOfRange``.
  public init(hidden: Int, kvWidth: Int, ffn: Int) throws(PruningError) {
    for (field, size) in [(PruningField.hidden, hidden), (.kvWidth, kvWidth), (.ffn, ffn)]
    where size < 1 || size > 1 << 20 {
      throw .outOfRange(field, "must be 1 to 1048576")
    }
    self.init(name: nil, hidden: hidden, kvWidth: kvWidth, ffn: ffn)
  }

  private init(name: String?, hidden: Int, kvWidth: Int, ffn: Int) {
    self.name = name
    self.hidden = hidden
    self.kvWidth = kvWidth
    self.ffn = ffn
  }

  /// Prefill operations of one causal layer over `tokens` tokens (`docs/algorithm.md`, equation 15).
  func prefillOperations(tokens: Double) -> Double {
    let d = Double(hidden)
    let projections = 2 * tokens * (2 * d * d + 2 * d * Double(kvWidth))
    let attention = 2 * tokens * tokens * d
    return projections + attention + 6 * tokens * d * Double(ffn)
  }
}

/// What a schedule saves in the language model.
public struct CostReport: Sendable, Equatable {
  /// The model whose sizes were used.
  public let model: ModelShape
  /// The mean over all layers of visual tokens present, relative to no pruning.
  public let meanTokenRatio: Double
  /// The share of the key-value cache that is not needed.
  public let kvCacheReduction: Double
  /// Prefill operations without pruning over those with it; nil when nothing is left to run.
  public let prefillFlopRatio: Double?

  /// Works out the savings of a schedule.
  ///
  /// - Parameters:
  ///   - inputTokens: Visual tokens without pruning, at least 1.
  ///   - stageCounts: Visual tokens after each stage of `strategy`.
  ///   - strategy: Gives the layers and where the stages start.
  ///   - textTokens: Text tokens around them, 0 to 2^31.
  ///   - model: The language model's sizes.
  /// - Throws: ``PruningError/Code/valueOutOfRange``.
  public init(
    inputTokens: Int, stageCounts: [Int], strategy: PruningStrategy, textTokens: Int = 0,
    model: ModelShape = .standard
  ) throws(PruningError) {
    guard textTokens >= 0, textTokens <= Int(Int32.max) else {
      throw .outOfRange(.textTokens, "must be 0 to 2147483647")
    }
    precondition(inputTokens >= 1, "an item has at least one token")
    let layers = Double(strategy.layers)
    let text = Double(textTokens)
    let full = text + Double(inputTokens)
    var (visual, length, operations) = (0.0, 0.0, 0.0)
    for (count, span) in zip(stageCounts, strategy.layerSpans) {
      let present = text + Double(count)
      visual += Double(span) * Double(count)
      length += Double(span) * present
      operations += Double(span) * model.prefillOperations(tokens: present)
    }
    self.model = model
    meanTokenRatio = visual / (layers * Double(inputTokens))
    kvCacheReduction = 1 - length / (layers * full)
    prefillFlopRatio =
      operations > 0 ? layers * model.prefillOperations(tokens: full) / operations : nil
  }
}
