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
    let layout = try settings.arrangement { (clsTokens) throws(ServiceProblem) in
      do throws(PruningError) {
        return try source.tokenCount(clsTokens: clsTokens)
      } catch { throw ServiceProblem(error, at: settings.place) }
    }
    self.init(
      layout: layout, importance: source, tokens: tensors[.tokens], newline: tensors[.newline],
      entropy: tensors[.entropy], pixels: tensors[.pixels],
      patchPixels: settings.layout.patchPixels, reportsEntropy: reportsEntropy)
  }
}
