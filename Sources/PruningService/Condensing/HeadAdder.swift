import HTTPEngine
internal import Tensors
internal import VectorKernels

/// Adds the heads of one tensor up as its elements come, some heads at once.
///
/// All heads of a set but the last wait in the body, so that the sums, which do not fit the cache, are
/// read and written once for all of them (`docs/decisions/0012-condensing-on-the-loop.md`).
struct HeadAdder {
  let target: CondensationPlan.Target
  private let kernels: KernelSet
  private let sums: BodyBuffer
  private let atOnce: Int
  private var firstNonFinite: [Int?]
  private var group = 0
  /// The first head of the set that is coming.
  private var head = 0
  /// Elements of its last head that have been added.
  private var column = 0

  /// Takes memory for the sums; nil if there is none.
  init?(_ target: CondensationPlan.Target, kernels: KernelSet, buffers: BufferPool) {
    guard let sums = buffers.takeIfPossible(capacity: target.sumBytes) else { return nil }
    self.target = target
    self.kernels = kernels
    self.sums = sums
    atOnce = target.headsAtOnce
    firstNonFinite = Array(repeating: nil, count: target.groups)
  }

  /// How many heads of the set wait for the last one.
  private var waiting: Int { min(atOnce, target.heads - head) - 1 }

  /// Adds what can be added and takes it away.
  ///
  /// - Parameters:
  ///   - body: Where the elements are.
  ///   - range: Whole elements: what waits, and what has come after it.
  /// - Returns: How many bytes were taken away.
  mutating func add(_ body: BodyBuffer, _ range: Range<Int>) -> Int {
    var start = range.lowerBound
    var taken = 0
    while group < target.groups {
      let last = start + waiting * target.matrixBytes
      guard last < range.upperBound else { break }
      let run = min(range.upperBound - last, target.matrixBytes - column * target.type.byteSize)
      add(body.bytes.extracting(start..<last + run), last: run)
      guard column == 0 else {
        body.remove(last..<last + run)
        taken = run
        break
      }
      start = last + run
    }
    // Sets that are complete; what waits of the next one moves to their place.
    body.remove(range.lowerBound..<start)
    return taken + start - range.lowerBound
  }

  /// Adds the elements of a set that the last `bytes` of it complete.
  private mutating func add(_ set: RawSpan, last bytes: Int) {
    let (size, matrix) = (target.type.byteSize, target.rows * target.rows)
    let (from, waits) = (column * size, set.byteCount - bytes)
    let last = set.extracting(waits..<set.byteCount)
    let others =
      waiting == 0 ? last : set.extracting(from..<waits - target.matrixBytes + from + bytes)
    if !add(last, after: others), firstNonFinite[group] ?? .max >= head * matrix {
      let found = firstNonFinite(last, after: others)
      firstNonFinite[group] = min(firstNonFinite[group] ?? .max, found ?? .max)
    }
    column += bytes / size
    guard column == matrix else { return }
    column = 0
    head += waiting + 1
    guard head == target.heads else { return }
    head = 0
    group += 1
  }

  private func add(_ last: RawSpan, after others: RawSpan) -> Bool {
    let start = group * target.rows * target.rows + column
    let count = last.byteCount / target.type.byteSize
    // Nothing is read before it has been written: the first heads of a group are stored. So the sums
    // grow group by group, and memory counts as used only when it is.
    if head == 0 { sums.write { _ in (start + count) * MemoryLayout<Float>.size } }
    // The sums' memory holds all groups, is 64-byte aligned and written by nobody else; bytes of any
    // value are valid floats.
    let base = unsafe (sums.baseAddress + start * MemoryLayout<Float>.size)
      .assumingMemoryBound(to: Float.self)
    var span = unsafe MutableSpan<Float>(_unsafeStart: base, count: count)
    return kernels.add(
      last, after: others, count: waiting, stride: target.matrixBytes, type: target.type,
      isFirst: head == 0, to: &span)
  }

  /// The place in its group of the first of these elements that is not finite.
  private func firstNonFinite(_ last: RawSpan, after others: RawSpan) -> Int? {
    for index in 0...waiting {
      let start = index * target.matrixBytes
      let part =
        index == waiting ? last : others.extracting(start..<start + last.byteCount)
      let count = last.byteCount / target.type.byteSize
      if let found = kernels.firstNonFinite(in: part, type: target.type, count: count) {
        return (head + index) * target.rows * target.rows + column + found
      }
    }
    return nil
  }

  /// What is left of the tensor, once all of it has been added.
  var condensed: CondensedPart {
    CondensedPart(
      range: target.range,
      sums: HeadSums(
        storage: TensorStorage(viewing: sums), heads: target.heads, rows: target.rows,
        firstNonFinite: firstNonFinite))
  }
}
