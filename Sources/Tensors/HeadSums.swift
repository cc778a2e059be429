/// What is left of attention whose heads were added up while it arrived.
///
/// The elements of `[…, heads, rows, rows]` are gone; there is one matrix of sums in binary32 for each
/// group of heads, and the place of the first element of each group that was not finite.
public final class HeadSums: Sendable {
  let storage: TensorStorage
  /// The elements of one group of heads.
  let groupElements: Int
  let heads: Int
  let firstNonFinite: [Int?]

  /// Keeps the sums of `firstNonFinite.count` groups.
  ///
  /// - Parameters:
  ///   - storage: F32 `[groups, rows, rows]`.
  ///   - heads: The heads of a group.
  ///   - rows: The rows of a matrix.
  ///   - firstNonFinite: For each group the first element that is not finite, counted from its
  ///     first element.
  public init(storage: TensorStorage, heads: Int, rows: Int, firstNonFinite: [Int?]) {
    precondition(
      storage.byteCount == firstNonFinite.count * rows * rows * 4, "one matrix of sums per group")
    self.storage = storage
    self.heads = heads
    groupElements = heads * rows * rows
    self.firstNonFinite = firstNonFinite
  }
}

/// A part of a file whose elements are not in the file's memory any more.
public struct CondensedPart: Sendable {
  /// Where the part lay in the file.
  public let range: Range<Int>
  /// What is left of it.
  public let sums: HeadSums

  /// Makes one.
  public init(range: Range<Int>, sums: HeadSums) {
    self.range = range
    self.sums = sums
  }
}

extension Tensor {
  /// The sums over the heads of each group of a tensor that has no elements any more; nil if it has.
  ///
  /// The tensor then covers whole groups, and ``bytes`` is empty.
  public var headSums: Tensor? {
    guard let condensed else { return nil }
    let (groups, shape) = groups(of: condensed)
    return Tensor(
      trusted: .float32, shape, condensed.storage,
      groups.lowerBound * condensed.groupElements / condensed.heads * 4)
  }

  /// The first element that was not finite, of a tensor that has no elements any more.
  public var firstNonFiniteSummand: Int? {
    guard let condensed else { return nil }
    let groups = groups(of: condensed).groups
    for group in groups {
      guard let index = condensed.firstNonFinite[group] else { continue }
      return (group - groups.lowerBound) * condensed.groupElements + index
    }
    return nil
  }

  private func groups(of condensed: HeadSums) -> (groups: Range<Int>, shape: Shape) {
    let first = byteOffset / (condensed.groupElements * dtype.byteSize)
    let count = shape.elementCount / condensed.groupElements
    // The axis of the heads is the third from the end.
    let dimensions = shape.dimensions.dropLast(3) + shape.dimensions.suffix(2)
    return (first..<first + count, Shape(trusted: Array(dimensions)))
  }
}
