public import Tensors
import VectorKernels

/// How far pruning moves the hidden states of a language model (`docs/algorithm.md`, equation 16).
public struct Discrepancy: Sendable, Equatable {
  /// Cosine similarity of each pair of rows; 0 where a row is zero or not finite.
  public let similarity: [Float]
  /// The mean over all rows.
  public let mean: Double
  /// How many pairs hold NaN or an infinity, or overflow.
  public let nonFinite: Int
}

extension Pruner {
  /// Rows are short work, and asking reads a clock.
  private static var rowsBetweenQuestions: Int { 64 }

  /// Compares hidden states without and with pruning, row by row.
  ///
  /// - Parameters:
  ///   - full: `[samples,hidden]`, not necessarily finite.
  ///   - pruned: The same shape; the dtype may differ.
  /// - Returns: Similarities in binary32 and their mean.
  /// - Throws: ``PruningError/Code/shapeMismatch``, ``PruningError/Code/unsupportedDType``.
  public func discrepancy(full: Tensor, pruned: Tensor) throws(PruningError) -> Discrepancy {
    let types = (
      try TensorChecks.elementType(full, .full), try TensorChecks.elementType(pruned, .pruned)
    )
    try TensorChecks.requireShape(
      full, .full, [nil, nil],
      full.shape.dimensions.first == 0
        ? "at least one sample is needed" : "full is [samples, hidden], with hidden at least 1")
    try TensorChecks.requireShape(
      pruned, .pruned, full.shape.dimensions.map { $0 }, "pruned has the shape of full")
    var similarity: [Float] = []
    var nonFinite = 0
    for row in 0..<full.shape[0] {
      if row % Self.rowsBetweenQuestions == 0, isInterrupted() { throw .interrupted }
      let value = cosine(full[row], types.0, pruned[row], types.1)
      similarity.append(value ?? 0)
      if value == nil { nonFinite += 1 }
    }
    let sum = similarity.reduce(0.0) { $0 + Double($1) }
    return Discrepancy(
      similarity: similarity, mean: sum / Double(similarity.count), nonFinite: nonFinite)
  }

  /// The similarity of two rows; nil when it is not finite.
  private func cosine(
    _ left: Tensor, _ leftType: ElementType, _ right: Tensor, _ rightType: ElementType
  ) -> Float? {
    let count = left.shape.elementCount
    guard kernels.firstNonFinite(in: left.bytes, type: leftType, count: count) == nil,
      kernels.firstNonFinite(in: right.bytes, type: rightType, count: count) == nil
    else { return nil }
    guard leftType != rightType else {
      return finite(
        kernels.cosineSimilarity(left.bytes, right.bytes, type: leftType, count: count))
    }
    let (left, right) = (widened(left, leftType), widened(right, rightType))
    // The bytes of floats are all initialised.
    return unsafe finite(
      kernels.cosineSimilarity(left.span.bytes, right.span.bytes, type: .float32, count: count))
  }

  private func finite(_ value: Float) -> Float? { value.isFinite ? value : nil }

  private func widened(_ tensor: Tensor, _ type: ElementType) -> [Float] {
    var values = [Float](repeating: 0, count: tensor.shape.elementCount)
    var span = values.mutableSpan
    kernels.widen(tensor.bytes, type: type, into: &span)
    return values
  }

  /// The entropy of an image of which nothing is known but the size of a patch.
  ///
  /// - Parameters:
  ///   - pixels: U8 `[H,W,3]` or `[3,H,W]`.
  ///   - patchPixels: The side of a patch; rows and columns beyond a multiple are ignored.
  /// - Returns: `(H / patch) * (W / patch)` entropies.
  /// - Throws: ``PruningError`` naming the tensor or setting at fault.
  public func patchEntropy(
    of pixels: Tensor, patchPixels: Int = 14
  ) throws(PruningError) -> PatchEntropy {
    let grid = try PixelGrid(pixels, patchPixels: patchPixels)
    let (rows, columns) = (grid.height / patchPixels, grid.width / patchPixels)
    return PatchEntropy(
      rows: rows, columns: columns,
      bits: grid.entropy(rows: rows, columns: columns, kernels: kernels))
  }

  /// The entropy of the tokens of a layout, from pixels alone.
  ///
  /// - Parameters:
  ///   - pixels: U8 `[H,W,3]` or `[3,H,W]`; tiled layouts have a leading tile axis.
  ///   - layout: The arrangement of the tokens.
  ///   - patchPixels: Must agree with the pixels if given.
  /// - Returns: `[tiles * n]` entropies.
  /// - Throws: ``PruningError`` naming the tensor or setting at fault.
  public func patchEntropy(
    of pixels: Tensor, layout: TokenLayout, patchPixels: Int? = nil
  ) throws(PruningError) -> [Float] {
    let geometry = try TokenGeometry(layout)
    let grid = try PixelGrid(
      pixels, tiles: geometry.tiles, rows: geometry.tileRows, columns: geometry.tileColumns,
      patchPixels: patchPixels)
    return grid.entropy(
      rows: geometry.tileRows, columns: geometry.tileColumns, kernels: kernels)
  }
}
