/// What each token of one matrix receives on average, worked out while the matrix arrived.
public struct ColumnMeans: Sendable, Equatable {
  /// Where the matrix lies in its storage.
  public let byteOffset: Int
  /// The element type that the matrix was read as.
  public let dtype: DType
  /// The mean over the rows of each column; there are as many rows.
  public let means: [Float]

  /// Keeps the means of a square matrix.
  ///
  /// - Parameters:
  ///   - byteOffset: Where its first element lies in the storage.
  ///   - dtype: What its elements are.
  ///   - means: One per column.
  public init(byteOffset: Int, dtype: DType, means: [Float]) {
    self.byteOffset = byteOffset
    self.dtype = dtype
    self.means = means
  }
}

extension Tensor {
  /// The means over the rows of each column of a square matrix, if they were worked out before.
  ///
  /// Axes before those of the matrix must be 1, as that of a single head is.
  ///
  /// - Complexity: O(log *m*) for *m* matrices of the storage.
  public var columnMeans: [Float]? {
    let rank = shape.rank
    guard condensed == nil, rank >= 2, shape[rank - 1] == shape[rank - 2],
      (0..<rank - 2).allSatisfy({ shape[$0] == 1 })
    else { return nil }
    let known = storage.columnMeans
    var (low, high) = (0, known.count)
    while low < high {
      let middle = (low + high) / 2
      if known[middle].byteOffset < byteOffset { low = middle + 1 } else { high = middle }
    }
    guard low < known.count, known[low].byteOffset == byteOffset, known[low].dtype == dtype,
      known[low].means.count == shape[rank - 1]
    else { return nil }
    return known[low].means
  }
}
