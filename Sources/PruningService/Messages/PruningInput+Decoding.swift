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
    self.init(
      layout: try settings.arrangement(
        tokens: Self.tokenCount(tensors, clsTokens: settings.clsTokens)),
      importance: source, tokens: tensors[.tokens], newline: tensors[.newline],
      entropy: tensors[.entropy], pixels: tensors[.pixels],
      patchPixels: settings.layout.patchPixels, reportsEntropy: reportsEntropy)
  }

  /// The number of tokens of an item whose layout does not tell, if its tensors do.
  private static func tokenCount(_ tensors: [TensorName: Tensor], clsTokens: Int) -> Int? {
    for name in [TensorName.tokens, .receivedAttention, .importance, .entropy] {
      if let tensor = tensors[name] { return tensor.shape.dimensions.first }
    }
    let rows =
      tensors[.attention]?.shape.dimensions.last
      ?? tensors[.query]?.shape.dimensions.dropLast().last
    return rows.map { $0 - clsTokens }
  }
}
