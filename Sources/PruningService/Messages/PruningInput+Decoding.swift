internal import TensorCoding
internal import Tensors
internal import TokenPruning

extension PruningInput {
  /// Puts an item together from its tensors and settings.
  init(
    _ tensors: [TensorName: Tensor], settings: ItemSettings, reportsEntropy: Bool
  ) throws(ServiceProblem) {
    let source: ImportanceSource
    do throws(PruningError) {
      source = try ImportanceSource(
        attention: tensors[.attention], query: tensors[.query], key: tensors[.key],
        receivedAttention: tensors[.receivedAttention], importance: tensors[.importance])
    } catch { throw ServiceProblem(error, at: settings.place) }
    let layout = settings.layout
    self.init(
      layout: layout.layout(tokens: Self.tokenCount(tensors, clsTokens: layout.clsTokens)),
      importance: source, tokens: tensors[.tokens], newline: tensors[.newline],
      entropy: tensors[.entropy], pixels: tensors[.pixels], patchPixels: layout.patchPixels,
      reportsEntropy: reportsEntropy)
  }

  /// The number of tokens of an item whose layout does not tell; 0 where the tensors do not either.
  private static func tokenCount(_ tensors: [TensorName: Tensor], clsTokens: Int) -> Int {
    for name in [TensorName.tokens, .receivedAttention, .importance, .entropy] {
      if let count = tensors[name]?.shape.dimensions.first { return count }
    }
    let rows = tensors[.attention]?.shape.dimensions.last ?? tensors[.query]?.shape.dimensions.dropLast().last
    return max(0, (rows ?? 0) - clsTokens)
  }
}

extension LayoutChoice {
  /// The leading rows of attention, query and key that are no patches.
  fileprivate var clsTokens: Int {
    switch arrangement {
    case .square(let clsTokens): clsTokens
    case .complete: 0
    }
  }
}
