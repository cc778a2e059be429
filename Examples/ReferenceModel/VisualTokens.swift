internal import TokenPruning

/// The visual tokens that the decoder sees, and from which layer on.
public struct VisualTokens: Sendable {
  /// `[rows,hidden]`, row by row.
  public let tokens: [Float]
  /// The place of each row in the image before pruning; tokens keep it.
  public let positions: [Int]
  /// By the layer before which tokens are pruned: the rows that are still present, ascending.
  public let stages: [Int: [Int]]

  /// Joins what a pruning service answers.
  ///
  /// - Parameters:
  ///   - tokens: `[rows,hidden]`, row by row.
  ///   - positions: The place of each row in the image.
  ///   - stages: By layer, the rows that are still present.
  public init(tokens: [Float], positions: [Int], stages: [Int: [Int]]) {
    self.tokens = tokens
    self.positions = positions
    self.stages = stages
  }

  /// The tokens of a selection, at their original places.
  init(tokens: [Float], _ selection: Selection) {
    self.init(
      tokens: tokens, positions: selection.positions.original.map(Int.init),
      stages: Dictionary(
        uniqueKeysWithValues: selection.stages.map { ($0.layer, $0.retainedRows.map(Int.init)) }))
  }
}
