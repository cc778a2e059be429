internal import TensorCoding
internal import Tensors
internal import VectorKernels

/// What the loop adds up of a safetensors body while it arrives, known from its header.
struct CondensationPlan: Sendable {
  /// Attention of which only the sums over the heads are kept, or, where it has but one, all of it.
  struct Target: Sendable, Equatable {
    /// Where its bytes lie in the file.
    let range: Range<Int>
    let type: ElementType
    /// How many times `[heads, rows, rows]`.
    let groups: Int
    let heads: Int
    let rows: Int
    /// Whether heads may wait in the body for others.
    var mayWait = true

    /// Whether the elements stay and only the means of their columns are worked out.
    var isKept: Bool { heads == 1 }
    /// The size of the sums that are held instead of elements.
    var sumBytes: Int { isKept ? 0 : groups * rows * rows * MemoryLayout<Float>.size }
    /// The size of one head.
    var matrixBytes: Int { rows * rows * type.byteSize }
    /// How many heads are added in one pass over their sums; all of them but one wait for it.
    ///
    /// As many wait as need the memory of the sums, but of large ones only one, and none if all that
    /// is held were more than half of the bytes.
    var headsAtOnce: Int {
      guard mayWait, !isKept else { return 1 }
      let most = min(sumBytes / groups, CondensationPlan.mostWaiting)
      let room = range.count / 2 - sumBytes
      return 1 + min(max(most / matrixBytes, 1), room / matrixBytes, KernelSet.headsAtOnce - 1)
    }
    /// The bytes of heads that wait for others.
    var waitingBytes: Int { (headsAtOnce - 1) * matrixBytes }
  }

  /// Ascending by place.
  let targets: [Target]

  /// Below this a body is not worth the sums.
  static let smallestTarget = 4 << 20
  /// Matrices of fewer sums are left to the worker: the loop would call a kernel for each of them,
  /// and a body may have millions.
  static let smallestMatrix = 32 * 32
  /// More bytes of heads would not wait in the processor's cache; beyond it a second one does not pay.
  static let mostWaiting = 4 << 20
  /// Smaller attention that stays is as well read by the worker.
  static let smallestKept = 256 << 10
  /// Matrices of fewer bytes come in such numbers that it is the worker's turn.
  static let smallestKeptMatrix = 64 << 10

  /// Makes a plan for tensors of at least `smallest` bytes, or ``smallestKept`` where they stay.
  ///
  /// Heads must not wait in memory that grows as they come: it would be copied, and leave pages behind;
  /// and they should not where room is scarce.
  init(_ outline: SafetensorsOutline, smallest: Int = smallestTarget, mayWait: Bool = true) {
    let request = outline.metadata.first { $0.key == "request" }?.value ?? ""
    // The leading axis may be that of tiles or frames only where the request names such a layout.
    let mayHaveTiles = Self.mayHaveTiles(request)
    targets = outline.entries.compactMap {
      Target($0, mayHaveTiles: mayHaveTiles, mayWait: mayWait)
    }
    .filter { $0.isWorthIt(smallest) }
    .sorted { $0.range.lowerBound < $1.range.lowerBound }
  }

  /// Whether a request names a layout of tiles or frames, for itself or an item.
  ///
  /// Most do not have the words at all, so that nobody need take them apart. What cannot be read counts,
  /// because then no heads are added up and no harm is done.
  private static func mayHaveTiles(_ request: String) -> Bool {
    let isSuspect =
      request.utf8.contains(UInt8(ascii: "\\"))
      || request.containsText("anyres") || request.containsText("frames")
    guard isSuspect else { return false }
    let bytes = Array(request.utf8)
    // The bytes of UInt8s are all initialised.
    guard case .object(let fields)? = unsafe try? JSONDocument.parse(bytes.span.bytes) else {
      return true
    }
    let items = fields["items"]?.elements ?? []
    return ([.object(fields)] + items).contains { $0.namesTiles }
  }

  /// What is held instead of the targets.
  var sumBytes: Int { targets.reduce(0) { $0 + $1.sumBytes } }
  /// What is held of the targets at most until it is added up; one comes after the other.
  var waitingBytes: Int { targets.reduce(0) { max($0, $1.waitingBytes) } }
  /// What is not held.
  var savedBytes: Int { targets.reduce(0) { $0 + ($1.isKept ? 0 : $1.range.count) } }
}

extension CondensationPlan.Target {
  fileprivate func isWorthIt(_ smallest: Int) -> Bool {
    guard isKept else {
      return range.count >= smallest
        && rows * rows >= min(smallest, CondensationPlan.smallestMatrix)
    }
    return range.count >= min(smallest, CondensationPlan.smallestKept)
      && range.count / groups >= min(smallest, CondensationPlan.smallestKeptMatrix)
  }

  /// Attention with enough heads, or without heads; nil for everything else.
  fileprivate init?(_ entry: SafetensorsOutline.Entry, mayHaveTiles: Bool, mayWait: Bool) {
    guard let isShared = entry.attentionIsShared, let dtype = entry.dtype,
      let type = ElementType(dtype), !entry.byteRange.isEmpty
    else { return nil }
    // With a batch axis [B,H,N,N] or [B,T,H,N,N], else [H,N,N] or [T,H,N,N].
    let dimensions = entry.shape.dimensions
    let fewest = isShared ? 4 : 3
    guard dimensions.count >= 2, let rows = dimensions.last,
      dimensions[dimensions.count - 2] == rows
    else { return nil }
    self.rows = rows
    self.type = type
    self.mayWait = mayWait
    range = entry.byteRange
    // Without the axis of the heads: [B,N,N], or [B,T,N,N] where there may be tiles.
    if dimensions.count == fewest - 1 || dimensions.count == fewest && mayHaveTiles {
      heads = 1
      groups = dimensions.dropLast(2).reduce(1, *)
      return
    }
    guard dimensions.count == fewest || dimensions.count == fewest + 1 else { return nil }
    heads = dimensions[dimensions.count - 3]
    groups = dimensions.dropLast(3).reduce(1, *)
    // No overflow: no dimension is 0, so no product of some is more than the elements that come.
    guard range.count >= 2 * sumBytes else { return nil }
  }
}

extension JSONValue {
  /// Whether the `layout` of a request or an item is one of tiles or frames.
  fileprivate var namesTiles: Bool {
    guard case .object(let fields) = self, case .object(let layout)? = fields["layout"],
      case .string(let kind)? = layout["kind"]
    else { return false }
    return kind == "anyres" || kind == "frames"
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
