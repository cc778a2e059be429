import HTTPEngine
internal import Tensors
internal import VectorKernels

/// Adds the heads of one tensor up as its elements come, in their order.
struct HeadAdder {
  let target: CondensationPlan.Target
  private let kernels: KernelSet
  private let sums: BodyBuffer
  private var firstNonFinite: [Int?]
  /// Elements that have been added.
  private var count = 0

  /// Takes memory for the sums; nil if there is none.
  init?(_ target: CondensationPlan.Target, kernels: KernelSet, buffers: BufferPool) {
    guard let sums = buffers.takeIfPossible(capacity: target.sumBytes) else { return nil }
    self.target = target
    self.kernels = kernels
    self.sums = sums
    firstNonFinite = Array(repeating: nil, count: target.groups)
  }

  /// Adds whole elements.
  mutating func add(_ bytes: RawSpan) {
    let matrix = target.rows * target.rows
    let size = target.type.byteSize
    var offset = 0
    while offset < bytes.byteCount {
      let (group, place) = count.quotientAndRemainder(dividingBy: matrix * target.heads)
      let (head, start) = place.quotientAndRemainder(dividingBy: matrix)
      let run = min((bytes.byteCount - offset) / size, matrix - start)
      let part = bytes.extracting(offset..<offset + run * size)
      if !add(part, at: group * matrix + start, count: run, isFirst: head == 0),
        firstNonFinite[group] == nil,
        let index = kernels.firstNonFinite(in: part, type: target.type, count: run)
      {
        firstNonFinite[group] = place + index
      }
      count += run
      offset += run * size
    }
  }

  private func add(_ part: RawSpan, at start: Int, count: Int, isFirst: Bool) -> Bool {
    // Nothing is read before it has been written: the first head of a group is stored. So the sums
    // grow group by group, and memory counts as used only when it is.
    if isFirst { sums.write { _ in (start + count) * MemoryLayout<Float>.size } }
    // The sums' memory holds all groups, is 64-byte aligned and written by nobody else; bytes of any
    // value are valid floats.
    let base = unsafe (sums.baseAddress + start * MemoryLayout<Float>.size)
      .assumingMemoryBound(to: Float.self)
    var span = unsafe MutableSpan<Float>(_unsafeStart: base, count: count)
    return kernels.add(part, type: target.type, isFirst: isFirst, to: &span)
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
