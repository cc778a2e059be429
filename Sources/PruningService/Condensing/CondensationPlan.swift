internal import TensorCoding
internal import Tensors
internal import VectorKernels

/// Which tensors of a safetensors body become sums over their heads, known from its header.
struct CondensationPlan: Sendable {
  /// Attention of which only the sums over the heads are kept.
  struct Target: Sendable, Equatable {
    /// Where its bytes lie in the file.
    let range: Range<Int>
    let type: ElementType
    /// How many times `[heads, rows, rows]`.
    let groups: Int
    let heads: Int
    let rows: Int

    /// The size of the sums.
    var sumBytes: Int { groups * rows * rows * MemoryLayout<Float>.size }
  }

  /// Ascending by place.
  let targets: [Target]

  /// Below this a body is not worth the sums.
  static let smallestTarget = 4 << 20
  /// Matrices of fewer sums are left to the worker: the loop would call a kernel for each of them,
  /// and a body may have millions.
  static let smallestMatrix = 32 * 32

  /// Makes a plan for tensors of at least `smallest` bytes.
  init(_ outline: SafetensorsOutline, smallest: Int = smallestTarget) {
    let request = outline.metadata.first { $0.key == "request" }?.value ?? ""
    // The leading axis may be that of tiles or frames only where the request names such a layout.
    // Whatever could be a spelling of it counts, because then nothing is condensed and no harm done.
    let mayHaveTiles =
      request.utf8.contains(UInt8(ascii: "\\"))
      || request.containsText("anyres") || request.containsText("frames")
    targets = outline.entries.compactMap { Target($0, mayHaveTiles: mayHaveTiles) }
      .filter { $0.range.count >= smallest }
      .filter { $0.rows * $0.rows >= min(smallest, Self.smallestMatrix) }
      .sorted { $0.range.lowerBound < $1.range.lowerBound }
  }

  /// What is held instead of the targets.
  var sumBytes: Int { targets.reduce(0) { $0 + $1.sumBytes } }
  /// What is not held.
  var savedBytes: Int { targets.reduce(0) { $0 + $1.range.count } }
}

extension CondensationPlan.Target {
  /// Attention with enough heads; nil for everything else.
  fileprivate init?(_ entry: SafetensorsOutline.Entry, mayHaveTiles: Bool) {
    guard let isShared = entry.attentionIsShared, let dtype = entry.dtype,
      let type = ElementType(dtype), !entry.byteRange.isEmpty
    else { return nil }
    // With a batch axis [B,H,N,N] or [B,T,H,N,N], else [H,N,N] or [T,H,N,N].
    let dimensions = entry.shape.dimensions
    let fewest = isShared ? 4 : 3
    guard dimensions.count == fewest && !mayHaveTiles || dimensions.count == fewest + 1,
      let rows = dimensions.last, dimensions[dimensions.count - 2] == rows
    else { return nil }
    heads = dimensions[dimensions.count - 3]
    groups = dimensions.dropLast(3).reduce(1, *)
    self.rows = rows
    self.type = type
    range = entry.byteRange
    // No overflow: no dimension is 0, so no product of some is more than the elements that come.
    guard range.count >= 2 * sumBytes else { return nil }
  }
}

extension SafetensorsOutline.Entry {
  /// Whether the attention is that of all items; nil if it is none.
  fileprivate var attentionIsShared: Bool? {
    if name == "attention" { return true }
    return name.hasPrefix("items.") && name.hasSuffix(".attention") ? false : nil
  }
}

extension ElementType {
  fileprivate init?(_ dtype: DType) {
    switch dtype {
    case .float32: self = .float32
    case .float16: self = .float16
    case .bfloat16: self = .bfloat16
    case .uint8, .int32: return nil
    }
  }
}

extension String {
  /// Whether the ASCII `text` occurs, as bytes.
  fileprivate func containsText(_ text: StaticString) -> Bool {
    let (bytes, wanted) = (Array(utf8), Array("\(text)".utf8))
    guard bytes.count >= wanted.count else { return false }
    return (0...bytes.count - wanted.count).contains { start in
      wanted.indices.allSatisfy { bytes[start + $0] == wanted[$0] }
    }
  }
}
