// Each call below reads and writes the extents that its preconditions have checked; row indices
// are checked one by one.

internal import CVectorKernels

extension KernelSet {
  /// The weighted sum of some rows: in each column, products added in the order of `indices`.
  ///
  /// - Parameters:
  ///   - rows: Whole rows of `width` elements.
  ///   - type: The element type of `rows`.
  ///   - width: At least one.
  ///   - indices: The rows to add; repeats are allowed, none gives zeros.
  ///   - weights: One weight per index.
  ///   - row: `[width]`, accumulated in binary32.
  public func weightedRowSum(
    of rows: RawSpan, type: ElementType, width: Int, indices: Span<Int32>, weights: Span<Float>,
    into row: inout MutableSpan<Float>
  ) {
    requireIndices(indices, below: rowCount(of: rows, type, width))
    precondition(indices.count == weights.count, "one weight per row")
    precondition(row.count == width, "one sum per column")
    let count = indices.count
    guard count > 0 else { return row.update(repeating: 0) }
    unsafe withPointers(indices.bytes, weights.bytes) { indices, weights in
      unsafe withPointers(rows, &row) { rows, row in
        unsafe table.weighted_row_sum(
          rows, type.code, width, indices.assumingMemoryBound(to: Int32.self),
          weights.assumingMemoryBound(to: Float.self), count, row)
      }
    }
  }

  /// Mixes four rows: top·(left·a + right·b) + bottom·(left·c + right·d), in this order.
  ///
  /// - Parameters:
  ///   - rows: Whole rows of `width` elements.
  ///   - type: The element type of `rows`.
  ///   - width: At least one.
  ///   - cell: The rows to mix and their weights.
  ///   - row: `[width]`.
  public func mixRows(
    of rows: RawSpan, type: ElementType, width: Int, cell: BilinearCell,
    into row: inout MutableSpan<Float>
  ) {
    let count = rowCount(of: rows, type, width)
    let corners = (cell.topLeft, cell.topRight, cell.bottomLeft, cell.bottomRight)
    let (first, last) = (
      min(corners.0, corners.1, corners.2, corners.3),
      max(corners.0, corners.1, corners.2, corners.3)
    )
    precondition(first >= 0 && last < count, "the corners are rows")
    precondition(row.count == width, "one value per column")
    let rowBytes = width * type.byteSize
    unsafe withPointers(rows, &row) { rows, row in
      let corner = unsafe (
        rows + corners.0 * rowBytes, rows + corners.1 * rowBytes,
        rows + corners.2 * rowBytes, rows + corners.3 * rowBytes
      )
      let mixed = unsafe vk_corners(
        corner: corner, top: cell.top, bottom: cell.bottom, left: cell.left, right: cell.right)
      unsafe table.mix_rows(mixed, type.code, width, row)
    }
  }

  private func rowCount(of rows: RawSpan, _ type: ElementType, _ width: Int) -> Int {
    precondition(width > 0, "a row has an element")
    let rowBytes = width * type.byteSize
    precondition(rows.byteCount % rowBytes == 0, "the span holds whole rows")
    return rows.byteCount / rowBytes
  }
}
