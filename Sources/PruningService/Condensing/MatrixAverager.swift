internal import Tensors
internal import VectorKernels

/// Averages the rows of square matrices as they come, which stay in the body as they are.
///
/// The worker then reads of them only the rows of global tokens; everything else has been read where
/// it was received, in the loop's cache.
struct MatrixAverager {
  private let target: CondensationPlan.Target
  private var sums: ColumnSums
  /// Where the matrix lies that is being added up.
  private var start = 0
  /// Of the matrices that are complete.
  private(set) var means: [ColumnMeans] = []

  init(_ target: CondensationPlan.Target, kernels: KernelSet) {
    self.target = target
    sums = ColumnSums(type: target.type, columns: target.rows, kernels: kernels)
  }

  /// Adds whole blocks of rows.
  ///
  /// - Parameters:
  ///   - bytes: What follows what was added before.
  ///   - place: Where it lies in the body.
  /// - Returns: How many bytes were added; the others have to come again, with more.
  mutating func add(_ bytes: RawSpan, at place: Int) -> Int {
    let rowBytes = target.rows * target.type.byteSize
    var used = 0
    while true {
      let left = target.rows - sums.rows
      let there = min((bytes.byteCount - used) / rowBytes, left)
      // A matrix may end in the middle of a block, a piece may not.
      let count = there == left ? there : there - there % ColumnSums.rowsAtOnce
      guard count > 0 else { return used }
      if sums.rows == 0 { start = place + used }
      let end = used + count * rowBytes
      sums.add(bytes.extracting(used..<end), count: count)
      used = end
      guard count == left else { continue }
      means.append(ColumnMeans(byteOffset: start, dtype: target.type.dtype, means: sums.means))
      sums.reset()
    }
  }
}

extension ElementType {
  fileprivate var dtype: DType {
    switch self {
    case .float32: .float32
    case .float16: .float16
    case .bfloat16: .bfloat16
    }
  }
}
