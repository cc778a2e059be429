import Tensors
import VectorKernels

/// The feature tensors of an item, checked against its geometry; nil parts when none were sent.
struct TokenTensors {
  let tokens: Tensor
  let newline: Tensor?
  let type: ElementType
  let width: Int

  /// Checks shapes and dtypes, and with `scans` that every element is finite; nil without tokens.
  init?(
    _ input: PruningInput, _ geometry: TokenGeometry, _ checks: TensorChecks, scans: Bool
  ) throws(PruningError) {
    guard let tokens = input.tokens else {
      guard input.newline == nil else {
        throw PruningError(
          .missingTensor, tensor: .tokens, rule: "newline belongs to tokens, which are missing")
      }
      return nil
    }
    type = try TensorChecks.elementType(tokens, .tokens)
    let leading: [Int?] = geometry.tiles.map { [$0] } ?? []
    try TensorChecks.requireShape(
      tokens, .tokens, leading + [geometry.tokensPerTile, nil],
      tokens.shape.dimensions.last == 0
        ? "the width, which is the last axis, must be at least 1" : "one row per token is needed")
    self.tokens = tokens
    width = tokens.shape[tokens.shape.rank - 1]
    newline = try Self.newline(input, geometry, tokens, width)
    guard scans else { return }
    try checks.requireFinite(tokens, .tokens)
    if let newline { try checks.requireFinite(newline, .newline) }
  }

  private static func newline(
    _ input: PruningInput, _ geometry: TokenGeometry, _ tokens: Tensor, _ width: Int
  ) throws(PruningError) -> Tensor? {
    guard geometry.hasNewlines else {
      guard input.newline == nil else {
        throw PruningError(
          .conflictingTensors, tensor: .newline, rule: "this layout has no newline tokens")
      }
      return nil
    }
    guard let newline = input.newline else {
      throw PruningError(
        .missingTensor, tensor: .newline, rule: "needed with tokens in this layout")
    }
    guard newline.dtype == tokens.dtype else {
      throw PruningError(
        .unsupportedDType, tensor: .newline, supported: [tokens.dtype],
        rule: "newline has the dtype of tokens")
    }
    try TensorChecks.requireShape(
      newline, .newline, [width], "newline has the width of tokens")
    return newline
  }
}
