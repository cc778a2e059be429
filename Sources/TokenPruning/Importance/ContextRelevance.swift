import Tensors
import VectorKernels

/// Attention of one tile, given or implied.
enum TileAttention {
  /// `[heads, rows, rows]` probabilities.
  case matrix(Tensor, heads: Int)
  /// `[heads, rows, size]` each.
  case queryKey(Tensor, Tensor, heads: Int, size: Int)
}

/// What the tokens of one tile receive from all tokens, and from the global ones.
///
/// VFlowOpt eq. 1 to 4, averaged over the global tokens as the published code does;
/// `docs/algorithm.md`, equations 1 to 3. Nothing of size heads x rows x rows is ever allocated.
struct ContextRelevance {
  /// Received attention of every row, [CLS] included.
  let received: [Float]
  /// 1 for global tokens, [CLS] included.
  let mask: [UInt8]
  /// Mean attention from the global tokens; received attention when there is none.
  let relevance: [Float]
  let hasGlobalTokens: Bool

  /// Averages over all rows, then over the rows that receive more than `threshold` times the mean.
  init(
    _ attention: TileAttention, type: ElementType, rows: Int, threshold: Double,
    kernels: KernelSet, isInterrupted: () -> Bool
  ) throws(PruningError) {
    let tile = TileReader(attention: attention, type: type, rows: rows, kernels: kernels)
    let received = try tile.columnMeans(isInterrupted)
    self.received = received
    let cut = Float(threshold) * Self.mean(received)
    let (mask, global) = Self.above(cut, received.span)
    self.mask = mask
    hasGlobalTokens = !global.isEmpty
    // All rows are the plain mean; no row has none, and plain received attention stands in.
    relevance =
      global.isEmpty || global.count == rows
      ? received : try tile.meanOfRows(global, isInterrupted)
  }

  /// Which values are larger than `cut`, as a mask and as indices.
  private static func above(_ cut: Float, _ values: Span<Float>) -> ([UInt8], [Int32]) {
    var mask = [UInt8](repeating: 0, count: values.count)
    var above: [Int32] = []
    var span = mask.mutableSpan
    for index in values.indices where values[index] > cut {
      span[index] = 1
      above.append(Int32(index))
    }
    return (mask, above)
  }

  /// The mean in binary32 of a sum in binary64.
  private static func mean(_ values: [Float]) -> Float {
    var sum = 0.0
    for value in values { sum += Double(value) }
    return Float(sum / Double(values.count))
  }
}

/// The two passes over the attention of one tile.
private struct TileReader {
  let attention: TileAttention
  let type: ElementType
  let rows: Int
  let kernels: KernelSet

  func columnMeans(_ isInterrupted: () -> Bool) throws(PruningError) -> [Float] {
    // Worked out while the one matrix arrived, by the same kernel.
    if case .matrix(let matrix, heads: 1) = attention, let known = matrix.columnMeans {
      return known
    }
    var means = [Float](repeating: 0, count: rows)
    var span = means.mutableSpan
    switch attention {
    case .matrix(let matrix, let heads):
      if let sums = matrix.headSums {
        kernels.columnMeans(
          of: sums.bytes, type: .float32, summedHeads: heads, rows: rows, columns: rows,
          into: &span)
      } else {
        kernels.columnMeans(
          of: matrix.bytes, type: type, heads: heads, rows: rows, columns: rows, into: &span)
      }
    case .queryKey(let query, let key, let heads, let size):
      let finished = kernels.receivedAttention(
        query: query.bytes, key: key.bytes, type: type, heads: heads, tokens: rows,
        headSize: size, isInterrupted: isInterrupted, into: &span)
      guard finished else { throw .interrupted }
    }
    return means
  }

  func meanOfRows(
    _ global: [Int32], _ isInterrupted: () -> Bool
  ) throws(PruningError) -> [Float] {
    var mean = [Float](repeating: 0, count: rows)
    var span = mean.mutableSpan
    switch attention {
    case .matrix(let matrix, let heads):
      if let sums = matrix.headSums {
        kernels.meanOfRows(
          of: sums.bytes, type: .float32, heads: 1, summedHeads: heads, tokens: rows,
          rows: global.span, into: &span)
      } else {
        kernels.meanOfRows(
          of: matrix.bytes, type: type, heads: heads, tokens: rows, rows: global.span,
          into: &span)
      }
    case .queryKey(let query, let key, let heads, let size):
      let finished = kernels.meanOfAttentionRows(
        query: query.bytes, key: key.bytes, type: type, heads: heads, tokens: rows,
        headSize: size, rows: global.span, isInterrupted: isInterrupted, into: &span)
      guard finished else { throw .interrupted }
    }
    return mean
  }
}
