internal import TensorCoding
internal import Tensors
internal import TokenPruning

extension PruningInput {
  /// Puts an item together from its tensors and settings.
  init(
    _ tensors: TensorTable<Tensor>, settings: ItemSettings, reportsEntropy: Bool
  ) throws(ServiceProblem) {
    let source: ImportanceSource
    do throws(PruningError) {
      source = try ImportanceSource(
        attention: tensors[.attention], query: tensors[.query], key: tensors[.key],
        receivedAttention: tensors[.receivedAttention], importance: tensors[.importance])
    } catch { throw ServiceProblem(error, at: settings.place) }
    let layout = try settings.arrangement { (clsTokens) throws(ServiceProblem) in
      if let count = Self.count(of: tensors[.tokens]) { return count }
      do throws(PruningError) {
        return try source.tokenCount(clsTokens: clsTokens)
      } catch { throw ServiceProblem(error, at: settings.place) }
    }
    self.init(
      layout: layout, importance: source, tokens: tensors[.tokens], newline: tensors[.newline],
      entropy: tensors[.entropy], pixels: tensors[.pixels],
      patchPixels: settings.layout.patchPixels, reportsEntropy: reportsEntropy)
  }

  /// The number of tokens, if the tensor has the rank of an item without tiles.
  private static func count(of tokens: Tensor?) -> Int? {
    guard let tokens, tokens.shape.rank == 2, tokens.shape[0] > 0 else { return nil }
    return tokens.shape[0]
  }
}
