// The calls below read the extents that their preconditions have checked, and write sums and means
// that are as long as the kernels say.

internal import CVectorKernels

/// The sums over the rows of each column, for a matrix that comes in pieces.
///
/// Their mean has the bits of ``KernelSet/columnMeans(of:type:heads:summedHeads:rows:columns:into:)`` of the whole.
public struct ColumnSums: Sendable {
  private let kernels: KernelSet
  private let type: ElementType
  private let columns: Int
  private var sums: [Double]
  /// Rows that have been added.
  public private(set) var rows = 0

  /// All pieces but the last have a multiple of as many rows.
  public static var rowsAtOnce: Int { Int(VK_ROWS_AT_ONCE) }

  /// Sums of no rows yet.
  ///
  /// - Parameters:
  ///   - type: The element type of the rows.
  ///   - columns: At least one.
  ///   - kernels: What adds.
  public init(type: ElementType, columns: Int, kernels: KernelSet) {
    precondition(columns > 0, "a sum needs a column")
    self.kernels = kernels
    self.type = type
    self.columns = columns
    sums = Array(repeating: 0, count: vk_sum_count(columns))
  }

  /// Adds the rows that come next.
  ///
  /// - Parameters:
  ///   - piece: `[count, columns]`.
  ///   - count: A multiple of ``rowsAtOnce`` unless no more rows come.
  public mutating func add(_ piece: RawSpan, count: Int) {
    precondition(rows % Self.rowsAtOnce == 0, "only the last piece ends within a block of rows")
    requireBytes(piece, count, columns, type)
    guard count > 0 else { return }
    unsafe piece.withUnsafeBytes { piece in
      guard let base = piece.baseAddress else { return }
      unsafe sums.withUnsafeMutableBufferPointer { sums in
        guard let sums = sums.baseAddress else { return }
        unsafe kernels.table.add_to_sums(base, type.code, count, columns, sums)
      }
    }
    rows += count
  }

  /// The mean of each column over the rows that were added, of which there must be one.
  public var means: [Float] {
    precondition(rows > 0, "a mean needs a row")
    return unsafe [Float](unsafeUninitializedCapacity: columns) { means, count in
      // As many as `columns`, every one of which the kernel writes.
      unsafe sums.withUnsafeBufferPointer { sums in
        guard let sums = sums.baseAddress, let to = means.baseAddress else { return }
        unsafe kernels.table.mean_of_sums(sums, columns, Double(rows), to)
        count = columns
      }
    }
  }

  /// Forgets all rows.
  public mutating func reset() {
    rows = 0
    var span = sums.mutableSpan
    for index in span.indices { span[index] = 0 }
  }
}
