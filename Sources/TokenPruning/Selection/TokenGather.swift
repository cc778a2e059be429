import Tensors
import VectorKernels

extension Pruner {
  /// Writes the features of the retained tokens, in the dtype of the item's tokens.
  ///
  /// - Parameters:
  ///   - selection: What remains of this very item.
  ///   - input: The item, with tokens.
  ///   - destination: `[K,D]`, as many bytes as ``gatheredByteCount(_:from:)`` says.
  /// - Throws: ``PruningError`` when the item has no tokens, they do not fit the selection, or, where
  ///   ``looksWhileGathering(_:)`` is true, one of their elements is not finite.
  /// - Complexity: O(*K D*) copied bytes and O(*P D*) arithmetic; scratch memory is O(*D*).
  public func gather(
    _ selection: Selection, from input: PruningInput, into destination: inout MutableRawSpan
  ) throws(PruningError) {
    let checks = TensorChecks(kernels: kernels)
    guard let tensors = try TokenTensors(input, selection.geometry, checks, scans: false) else {
      throw PruningError(.missingTensor, tensor: .tokens, rule: "there are no tokens to gather")
    }
    precondition(
      destination.byteCount == selection.count * tensors.rowByteCount,
      "the destination holds the retained rows")
    var gather = TokenGather(
      selection: selection, tensors: tensors, kernels: kernels,
      looks: looksWhileGathering(input))
    gather.write(into: &destination)
    // The fast look says only whether there is anything; which element it is, the slow one says, to
    // the end.
    guard gather.isFinite else {
      return try Pruner(kernels: kernels).requireFiniteTokens(of: input)
    }
  }

  /// The size in bytes of the features that ``gather(_:from:into:)`` writes; 0 without tokens.
  public func gatheredByteCount(_ selection: Selection, from input: PruningInput) -> Int {
    guard let tokens = input.tokens, let width = tokens.shape.dimensions.last else { return 0 }
    return selection.count * width * tokens.dtype.byteSize
  }
}

extension TokenTensors {
  var rowByteCount: Int { width * type.byteSize }
}

/// Writes retained rows one after the other, straight from the tensors.
///
/// The merged sequence of tiled layouts never exists: a row that a bilinear reduction makes is
/// mixed when it is needed, and rounded to the tokens' dtype as if it had been stored.
private struct TokenGather {
  let selection: Selection
  let tensors: TokenTensors
  let kernels: KernelSet
  /// Whether rows are looked at while they are in the processor's cache.
  let looks: Bool
  /// False once an element was seen that is not finite.
  private(set) var isFinite = true

  init(selection: Selection, tensors: TokenTensors, kernels: KernelSet, looks: Bool) {
    self.selection = selection
    self.tensors = tensors
    self.kernels = kernels
    self.looks = looks
  }

  private var geometry: TokenGeometry { selection.geometry }
  private var rowBytes: Int { tensors.rowByteCount }

  mutating func write(into destination: inout MutableRawSpan) {
    var row = [Float](repeating: 0, count: tensors.width)
    writeRows(into: &destination, using: &row)
    if looks { lookAtRest() }
  }

  private mutating func writeRows(
    into destination: inout MutableRawSpan, using row: inout [Float]
  ) {
    var merge = 0
    var next = 0
    while next < selection.count {
      let start = next * rowBytes
      if selection.recycledMask[next] == 1 {
        var slot = destination._mutatingExtracting(start..<start + rowBytes)
        writeRecycled(merge, into: &slot, using: &row)
        merge += 1
        next += 1
        continue
      }
      let origin = geometry.origin(of: Int(selection.retainedIndices[next]))
      let rows = copiedRun(from: next, origin)
      var slot = destination._mutatingExtracting(start..<start + rows * rowBytes)
      write(origin, rows: rows, into: &slot, using: &row)
      next += rows
    }
  }

  /// How many rows from `first` on lie next to each other in the tokens, too.
  private func copiedRun(from first: Int, _ origin: TokenOrigin) -> Int {
    guard case .row(let source) = origin else { return 1 }
    var rows = 1
    while first + rows < selection.count, selection.recycledMask[first + rows] == 0,
      geometry.origin(of: Int(selection.retainedIndices[first + rows])) == .row(source + rows)
    {
      rows += 1
    }
    return rows
  }

  private mutating func write(
    _ origin: TokenOrigin, rows: Int, into slot: inout MutableRawSpan, using row: inout [Float]
  ) {
    switch origin {
    case .row(let source):
      guard looks else {
        return slot.copy(
          tensors.tokens.bytes.extracting(source * rowBytes..<(source + rows) * rowBytes))
      }
      copyLooking(from: source, rows: rows, into: &slot)
    case .mix:
      mix(origin, into: &row)
      store(&row, into: &slot)
    case .newline:
      if let newline = tensors.newline { slot.copy(newline.bytes) }
    }
  }

  // MARK: Looking

  /// Copies row after row, so that each is read from memory once.
  private mutating func copyLooking(
    from source: Int, rows: Int, into slot: inout MutableRawSpan
  ) {
    for next in 0..<rows {
      look(at: source + next..<source + next + 1)
      var place = slot._mutatingExtracting(next * rowBytes..<(next + 1) * rowBytes)
      let start = (source + next) * rowBytes
      place.copy(tensors.tokens.bytes.extracting(start..<start + rowBytes))
    }
  }

  /// Looks at rows of the tokens.
  private mutating func look(at rows: Range<Int>) {
    if !areFinite(rows) { isFinite = false }
  }

  private func areFinite(_ rows: Range<Int>) -> Bool {
    let range = rows.lowerBound * rowBytes..<rows.upperBound * rowBytes
    let bytes = tensors.tokens.bytes.extracting(range)
    let count = rows.count * tensors.width
    return kernels.firstNonFinite(in: bytes, type: tensors.type, count: count) == nil
  }

  /// Looks at a sum of rows, which may also have become too large.
  private mutating func look(at sum: [Float]) {
    // The bytes of floats are all initialised.
    let bytes = unsafe sum.span.bytes
    let found = kernels.firstNonFinite(in: bytes, type: .float32, count: sum.count)
    if found != nil { isFinite = false }
  }

  /// Looks at the rows that have neither been copied nor summed, which there are where nothing is
  /// recycled.
  private mutating func lookAtRest() {
    var isSeen = [Bool](repeating: false, count: selection.inputTokens)
    for index in selection.retainedIndices { isSeen[Int(index)] = true }
    for index in selection.merges.sources { isSeen[Int(index)] = true }
    var start = 0
    for index in isSeen.indices where isSeen[index] {
      if start < index { look(at: start..<index) }
      start = index + 1
    }
    if start < isSeen.count { look(at: start..<isSeen.count) }
  }

  // MARK: Mixed rows

  private func mix(_ origin: TokenOrigin, into row: inout [Float]) {
    guard case .mix(let rows, let down, let along) = origin else { return }
    var span = row.mutableSpan
    kernels.mixRows(
      of: tensors.tokens.bytes, type: tensors.type, width: tensors.width,
      cell: BilinearCell(rows: rows, down: down, across: along), into: &span)
  }

  // MARK: Recycled rows

  private mutating func writeRecycled(
    _ merge: Int, into slot: inout MutableRawSpan, using row: inout [Float]
  ) {
    let merges = selection.merges
    let range = Int(merges.offsets[merge])..<Int(merges.offsets[merge + 1])
    let first = Int(merges.sources[range.lowerBound])
    guard range.count > 1 else {
      return write(geometry.origin(of: first), rows: 1, into: &slot, using: &row)
    }
    // A cell lies in one region, so either all of its rows are mixed or none is.
    if case .row = geometry.origin(of: first) {
      sumStored(range, into: &row)
    } else {
      sumMixed(range, into: &row)
    }
    store(&row, into: &slot)
  }

  /// Rounds a mean to the tokens' dtype.
  ///
  /// Rounded weights may add up to a little more than 1, so the mean of the largest binary32
  /// numbers may overflow; of the narrower types it cannot.
  private mutating func store(_ row: inout [Float], into slot: inout MutableRawSpan) {
    // Weights are finite, so a sum is not finite where one of its rows is not.
    if looks { look(at: row) }
    if tensors.type == .float32, !row.allSatisfy(\.isFinite) {
      let largest = Float.greatestFiniteMagnitude
      for index in row.indices { row[index] = max(-largest, min(row[index], largest)) }
    }
    kernels.narrow(row.span, type: tensors.type, into: &slot)
  }

  /// Sums rows that lie in the tokens.
  private mutating func sumStored(_ range: Range<Int>, into row: inout [Float]) {
    let sources = selection.merges.sources[range].map { token -> Int32 in
      guard case .row(let row) = geometry.origin(of: Int(token)) else { return 0 }
      return Int32(row)
    }
    let weights = Array(selection.merges.weights[range])
    var span = row.mutableSpan
    kernels.weightedRowSum(
      of: tensors.tokens.bytes, type: tensors.type, width: tensors.width, indices: sources.span,
      weights: weights.span, into: &span)
  }

  /// Sums rows that must be mixed first, a block at a time.
  private func sumMixed(_ range: Range<Int>, into row: inout [Float]) {
    let merges = selection.merges
    var sum = MixedRowSum(type: tensors.type, width: tensors.width, kernels: kernels)
    for index in range {
      mix(geometry.origin(of: Int(merges.sources[index])), into: &row)
      sum.add(row, weight: merges.weights[index])
    }
    sum.finish(into: &row)
  }
}

/// A weighted sum of rows that are only there one at a time.
private struct MixedRowSum {
  private static let blockRows = 32

  let type: ElementType
  let width: Int
  let kernels: KernelSet
  /// The sum so far, then rows that have not been added yet.
  private var rows: [Float] = []
  private var weights: [Float] = []
  private var rounded: [UInt8]

  init(type: ElementType, width: Int, kernels: KernelSet) {
    self.type = type
    self.width = width
    self.kernels = kernels
    rounded = [UInt8](repeating: 0, count: width * type.byteSize)
  }

  mutating func add(_ row: [Float], weight: Float) {
    rows += Self.stored(row, type, kernels, &rounded)
    weights.append(weight)
    guard weights.count > Self.blockRows else { return }
    rows = Self.total(rows, weights, width, kernels)
    weights = [1]
  }

  func finish(into row: inout [Float]) { row = Self.total(rows, weights, width, kernels) }

  /// The row as it would come back from a tensor of `type`.
  private static func stored(
    _ row: [Float], _ type: ElementType, _ kernels: KernelSet, _ bytes: inout [UInt8]
  ) -> [Float] {
    guard type != .float32 else { return row }
    var stored = row
    var span = bytes.mutableSpan
    // Any bytes are valid UInt8s, and the kernel writes no more than the span holds.
    var raw = unsafe span.mutableBytes
    kernels.narrow(row.span, type: type, into: &raw)
    var values = stored.mutableSpan
    unsafe kernels.widen(bytes.span.bytes, type: type, into: &values)
    return stored
  }

  private static func total(
    _ rows: [Float], _ weights: [Float], _ width: Int, _ kernels: KernelSet
  ) -> [Float] {
    var total = [Float](repeating: 0, count: width)
    let indices = weights.indices.map { Int32($0) }
    var span = total.mutableSpan
    // The bytes of floats are all initialised.
    unsafe kernels.weightedRowSum(
      of: rows.span.bytes, type: .float32, width: width, indices: indices.span,
      weights: weights.span, into: &span)
    return total
  }
}

extension MutableRawSpan {
  /// Copies as many bytes as this span holds.
  fileprivate mutating func copy(_ source: RawSpan) {
    precondition(source.byteCount == byteCount, "source and destination agree in size")
    // Both buffers are valid for the closure and of one size. That a request's body is not its
    // answer is the caller's affair; if it were, the copy would still be that of memmove(3).
    unsafe withUnsafeMutableBytes { destination in
      unsafe source.withUnsafeBytes { source in unsafe destination.copyMemory(from: source) }
    }
  }
}
