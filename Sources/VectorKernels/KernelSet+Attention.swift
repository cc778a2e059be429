// Each call below reads and writes the extents that its preconditions have checked; row indices
// are checked one by one. Scratch memory is local to the call and large enough by construction.

internal import CVectorKernels

extension KernelSet {
  /// The mean over heads and queries of softmax(query keyᵀ / √headSize): received attention.
  ///
  /// The probabilities exist six rows at a time; memory is that of one head's keys in binary32.
  /// Finite inputs whose logits overflow binary32 give NaN. The time grows with the square of
  /// `tokens`, so `isInterrupted` is asked between blocks of 24 queries.
  ///
  /// - Parameters:
  ///   - query: `[heads, tokens, headSize]`; finite.
  ///   - key: `[heads, tokens, headSize]`; finite.
  ///   - type: The element type of both.
  ///   - heads: At least one.
  ///   - tokens: At least one.
  ///   - headSize: At least one.
  ///   - isInterrupted: Whether to give up.
  ///   - received: `[tokens]`.
  /// - Returns: False when it gave up; `received` is worthless then.
  @discardableResult
  public func receivedAttention(
    query: RawSpan, key: RawSpan, type: ElementType, heads: Int, tokens: Int, headSize: Int,
    isInterrupted: () -> Bool = { false }, into received: inout MutableSpan<Float>
  ) -> Bool {
    let picked = unsafe vk_rows(
      heads: heads, summed_heads: 1, tokens: tokens, rows: nil, row_count: 0)
    return unsafe attentionMean(query, key, type, picked, headSize, isInterrupted, &received)
  }

  /// The mean over heads and the given queries of softmax(query keyᵀ / √headSize).
  ///
  /// - Parameters:
  ///   - query: `[heads, tokens, headSize]`; finite.
  ///   - key: `[heads, tokens, headSize]`; finite.
  ///   - type: The element type of both.
  ///   - heads: At least one.
  ///   - tokens: At least one.
  ///   - headSize: At least one.
  ///   - rows: The queries to average, in this order; at least one, each in `0..<tokens`.
  ///   - isInterrupted: Whether to give up, asked between blocks of 24 queries.
  ///   - mean: `[tokens]`.
  /// - Returns: False when it gave up; `mean` is worthless then.
  @discardableResult
  public func meanOfAttentionRows(
    query: RawSpan, key: RawSpan, type: ElementType, heads: Int, tokens: Int, headSize: Int,
    rows: Span<Int32>, isInterrupted: () -> Bool = { false },
    into mean: inout MutableSpan<Float>
  ) -> Bool {
    requireIndices(rows, below: tokens)
    precondition(!rows.isEmpty, "a mean needs a row")
    return unsafe rows.withUnsafeBufferPointer { rows in
      let picked = unsafe vk_rows(
        heads: heads, summed_heads: 1, tokens: tokens, rows: rows.baseAddress, row_count: rows.count
      )
      return unsafe attentionMean(query, key, type, picked, headSize, isInterrupted, &mean)
    }
  }

  private func attentionMean(
    _ query: RawSpan, _ key: RawSpan, _ type: ElementType, _ picked: vk_rows, _ headSize: Int,
    _ isInterrupted: () -> Bool, _ mean: inout MutableSpan<Float>
  ) -> Bool {
    let (heads, tokens) = unsafe (picked.heads, picked.tokens)
    precondition(heads > 0 && tokens > 0 && headSize > 0, "attention needs a head and a token")
    requireBytes(query, heads * tokens, headSize, type)
    requireBytes(key, heads * tokens, headSize, type)
    precondition(mean.count == tokens, "one mean per token")
    var finished = false
    unsafe withScratch(byteCount: vk_attention_scratch(tokens, headSize)) { scratch in
      unsafe withPointers(query, key, &mean) { query, key, mean in
        let projections = unsafe vk_projections(
          query: query, key: key, type: type.code, head_size: headSize)
        unsafe withInterruption(isInterrupted) { interruption in
          finished = unsafe table.attention_mean(projections, picked, interruption, mean, scratch)
        }
      }
    }
    return finished
  }
}

/// Runs `body` with a question that C can ask as long as `body` runs.
private func withInterruption(
  _ isInterrupted: () -> Bool, _ body: (vk_interruption) -> Void
) {
  withoutActuallyEscaping(isInterrupted) { isInterrupted in
    var question: () -> Bool = isInterrupted
    // The kernel asks only while it runs, and `question` outlives the call.
    unsafe withUnsafeMutablePointer(to: &question) { pointer in
      let interruption = unsafe vk_interruption(
        asked: { context in unsafe context.assumingMemoryBound(to: (() -> Bool).self).pointee() },
        context: UnsafeRawPointer(pointer))
      unsafe body(interruption)
    }
  }
}
