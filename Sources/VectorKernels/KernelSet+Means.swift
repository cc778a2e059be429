// Each call below reads and writes the extents that its preconditions have checked; row indices
// are checked one by one. Scratch memory is local to the call and large enough by construction.

internal import CVectorKernels

extension KernelSet {
  /// The mean over heads and over all rows of each column: received attention.
  ///
  /// - Parameters:
  ///   - matrix: `[heads, rows, columns]`.
  ///   - type: The element type of `matrix`.
  ///   - heads: At least one; those of an element are added up first, in binary32.
  ///   - summedHeads: How many heads each matrix is the sum of.
  ///   - rows: At least one.
  ///   - columns: At least one.
  ///   - means: `[columns]`.
  public func columnMeans(
    of matrix: RawSpan, type: ElementType, heads: Int = 1, summedHeads: Int = 1, rows: Int,
    columns: Int, into means: inout MutableSpan<Float>
  ) {
    precondition(heads > 0 && summedHeads > 0, "a mean needs a head")
    precondition(rows > 0 && columns > 0, "a mean needs a row and a column")
    requireBytes(matrix, heads * rows, columns, type)
    precondition(means.count == columns, "one mean per column")
    let picked = unsafe vk_rows(
      heads: heads, summed_heads: summedHeads, tokens: rows, rows: nil, row_count: 0)
    unsafe meanOfPicked(matrix, type, picked, columns, &means)
  }

  /// The most heads that are added in one pass over their sums.
  public static var headsAtOnce: Int { Int(VK_HEADS_AT_ONCE) }

  /// Adds values to sums, element by element, as
  /// ``columnMeans(of:type:heads:summedHeads:rows:columns:into:)`` adds heads.
  ///
  /// - Parameters:
  ///   - source: As many elements as there are sums.
  ///   - type: The element type of `source`.
  ///   - isFirst: Whether the sums begin here; what they hold is not looked at then.
  ///   - sums: `[count]`.
  /// - Returns: Whether all elements of `source` are finite.
  public func add(
    _ source: RawSpan, type: ElementType, isFirst: Bool, to sums: inout MutableSpan<Float>
  ) -> Bool {
    add(source, after: source, count: 0, stride: 0, type: type, isFirst: isFirst, to: &sums)
  }

  /// Adds the same elements of several heads to sums, which are read and written once.
  ///
  /// The bits are those of one head after the other.
  ///
  /// - Parameters:
  ///   - source: Of the last head, as many elements as there are sums.
  ///   - waiting: From the first of these elements of the heads before it to the last; not looked at
  ///     if there are none.
  ///   - count: How many heads that is; fewer than ``headsAtOnce``.
  ///   - stride: The bytes from an element of one of them to the same of the next.
  ///   - type: The element type of all.
  ///   - isFirst: Whether the sums begin here; what they hold is not looked at then.
  ///   - sums: One for each element.
  /// - Returns: Whether all elements are finite.
  public func add(
    _ source: RawSpan, after waiting: RawSpan, count: Int, stride: Int, type: ElementType,
    isFirst: Bool, to sums: inout MutableSpan<Float>
  ) -> Bool {
    let elements = sums.count
    requireBytes(source, 1, elements, type)
    precondition(
      count >= 0 && count < Self.headsAtOnce && stride >= 0, "so many heads are added at once")
    precondition(
      count == 0 || waiting.byteCount == (count - 1) * stride + elements * type.byteSize,
      "the span holds what its sizes promise")
    var isFinite = true
    unsafe withPointers(source, count == 0 ? source : waiting, &sums) { source, waiting, sums in
      let heads = unsafe vk_heads(last: source, first: waiting, waiting: count, stride: stride)
      isFinite = unsafe table.add_values(heads, type.code, elements, isFirst, sums)
    }
    return isFinite
  }

  /// The mean over heads and over the given rows of each column: context relevance.
  ///
  /// - Parameters:
  ///   - matrix: `[heads, tokens, tokens]`.
  ///   - type: The element type of `matrix`.
  ///   - heads: At least one; those of an element are added up first, in binary32.
  ///   - summedHeads: How many heads each matrix is the sum of.
  ///   - tokens: At least one.
  ///   - rows: The rows to average, in this order; at least one, each in `0..<tokens`.
  ///   - mean: `[tokens]`.
  public func meanOfRows(
    of matrix: RawSpan, type: ElementType, heads: Int, summedHeads: Int = 1, tokens: Int,
    rows: Span<Int32>, into mean: inout MutableSpan<Float>
  ) {
    precondition(heads > 0 && tokens > 0, "a mean needs a head and a token")
    requireBytes(matrix, heads * tokens, tokens, type)
    precondition(mean.count == tokens, "one mean per token")
    requireIndices(rows, below: tokens)
    precondition(!rows.isEmpty, "a mean needs a row")
    unsafe rows.withUnsafeBufferPointer { rows in
      let picked = unsafe vk_rows(
        heads: heads, summed_heads: summedHeads, tokens: tokens, rows: rows.baseAddress,
        row_count: rows.count)
      unsafe meanOfPicked(matrix, type, picked, tokens, &mean)
    }
  }

  private func meanOfPicked(
    _ matrix: RawSpan, _ type: ElementType, _ picked: vk_rows, _ columns: Int,
    _ mean: inout MutableSpan<Float>
  ) {
    unsafe withScratch(byteCount: vk_row_mean_scratch(columns)) { scratch in
      unsafe withPointers(matrix, &mean) { matrix, mean in
        unsafe table.row_mean(matrix, type.code, picked, columns, mean, scratch)
      }
    }
  }
}
