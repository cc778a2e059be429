// Each call below reads and writes the extents that its preconditions have checked; row indices
// are checked one by one. Scratch memory is local to the call and large enough by construction.

internal import CVectorKernels

extension KernelSet {
  /// The mean over heads and queries of softmax(query keyᵀ / √headSize): received attention.
  ///
  /// The probabilities exist six rows at a time; memory is that of one head's keys in binary32.
  /// Finite inputs whose logits overflow binary32 give NaN.
  ///
  /// - Parameters:
  ///   - query: `[heads, tokens, headSize]`.
  ///   - key: `[heads, tokens, headSize]`.
  ///   - type: The element type of both.
  ///   - heads: At least one.
  ///   - tokens: At least one.
  ///   - headSize: At least one.
  ///   - received: `[tokens]`.
  public func receivedAttention(
    query: RawSpan, key: RawSpan, type: ElementType, heads: Int, tokens: Int, headSize: Int,
    into received: inout MutableSpan<Float>
  ) {
    let picked = unsafe vk_rows(heads: heads, tokens: tokens, rows: nil, row_count: 0)
    unsafe attentionMean(query, key, type, picked, headSize, &received)
  }

  /// The mean over heads and the given queries of softmax(query keyᵀ / √headSize).
  ///
  /// - Parameters:
  ///   - query: `[heads, tokens, headSize]`.
  ///   - key: `[heads, tokens, headSize]`.
  ///   - type: The element type of both.
  ///   - heads: At least one.
  ///   - tokens: At least one.
  ///   - headSize: At least one.
  ///   - rows: The queries to average, in this order; at least one, each in `0..<tokens`.
  ///   - mean: `[tokens]`.
  public func meanOfAttentionRows(
    query: RawSpan, key: RawSpan, type: ElementType, heads: Int, tokens: Int, headSize: Int,
    rows: Span<Int32>, into mean: inout MutableSpan<Float>
  ) {
    requireIndices(rows, below: tokens)
    precondition(!rows.isEmpty, "a mean needs a row")
    unsafe rows.withUnsafeBufferPointer { rows in
      let picked = unsafe vk_rows(
        heads: heads, tokens: tokens, rows: rows.baseAddress, row_count: rows.count)
      unsafe attentionMean(query, key, type, picked, headSize, &mean)
    }
  }

  private func attentionMean(
    _ query: RawSpan, _ key: RawSpan, _ type: ElementType, _ picked: vk_rows, _ headSize: Int,
    _ mean: inout MutableSpan<Float>
  ) {
    let (heads, tokens) = unsafe (picked.heads, picked.tokens)
    precondition(heads > 0 && tokens > 0 && headSize > 0, "attention needs a head and a token")
    requireBytes(query, heads * tokens, headSize, type)
    requireBytes(key, heads * tokens, headSize, type)
    precondition(mean.count == tokens, "one mean per token")
    unsafe withScratch(byteCount: vk_attention_scratch(tokens, headSize)) { scratch in
      unsafe withPointers(query, key, &mean) { query, key, mean in
        let projections = unsafe vk_projections(
          query: query, key: key, type: type.code, head_size: headSize)
        unsafe table.attention_mean(projections, picked, mean, scratch)
      }
    }
  }
}
