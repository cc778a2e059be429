import HTTPEngine
import Locking
import TensorCoding
import Tensors
import VectorKernels

/// Averages per-head attention while it arrives, so that it never lies in memory as a whole, and the
/// rows of attention without heads, so that no other processor has to read all of it again.
///
/// Everything else of the body is kept as it is (`docs/decisions/0012-condensing-on-the-loop.md`).
/// Where anything about the body is unusual nothing is condensed: the worker then says what is wrong.
final class BodyCondensation: BodyCondenser {
  private enum Phase {
    case beforeHeader
    case condensing
    case idle
  }

  private struct State {
    var phase = Phase.beforeHeader
    var targets: [CondensationPlan.Target] = []
    /// The target that comes next or is coming.
    var next = 0
    /// One for each target that does not stay.
    var adders: [HeadAdder] = []
    /// The adder of the next such target.
    var adder = 0
    /// What averages the target that is coming, if it stays.
    var averager: MatrixAverager?
    var columnMeans: [ColumnMeans] = []
    var outline: SafetensorsOutline?
    /// Bytes of the memory that stay as they are.
    var kept = 0
    /// The place in the file of what lies behind them, where nothing waits to be added up.
    var position = 0
    /// Bytes that were added to sums.
    var added = 0
    /// Bytes behind the end of the file.
    var dropped = 0
    /// The time that adding up has taken.
    var nanoseconds: UInt64 = 0
  }

  private let length: Int?
  private let reserved: Int
  private let kernels: KernelSet
  private let limits: CodingLimits
  private let headers: RecentHeaders?
  private let buffers: BufferPool
  private let claim: AdmissionClaim?
  private let smallest: Int
  private let state = Locked(State())

  /// Longer headers are left to the worker: other connections would wait while the loop reads them.
  private static let longestHeader = 64 << 10

  /// Waits for a body.
  ///
  /// - Parameters:
  ///   - length: Its length, if that was announced.
  ///   - reserved: What was reserved for it: its length, or the longest that it may have.
  ///   - kernels: What adds up.
  ///   - limits: What the header may cost.
  ///   - headers: Where a header may be found that has come before.
  ///   - buffers: Memory for sums.
  ///   - claim: What was reserved is taken from it, and what will not be held given back to it; nil
  ///     if somebody else keeps account.
  ///   - smallest: Attention of fewer bytes is left to the worker.
  init(
    length: Int?, reserved: Int, kernels: KernelSet, limits: CodingLimits,
    headers: RecentHeaders? = nil, buffers: BufferPool, claim: AdmissionClaim?,
    smallest: Int = CondensationPlan.smallestTarget
  ) {
    self.smallest = smallest
    self.length = length
    self.reserved = reserved
    self.kernels = kernels
    var limits = limits
    limits.maximumHeaderBytes = min(limits.maximumHeaderBytes, Self.longestHeader)
    self.limits = limits
    self.headers = headers
    self.buffers = buffers
    self.claim = claim
  }

  /// What was taken out of a body that is complete.
  func parts(of body: BodyBuffer) -> [CondensedPart] {
    state.withLock { state in
      let missing = state.added + state.dropped
      guard body.count + missing != state.outline?.fileByteCount else {
        return state.adders.map(\.condensed)
      }
      // Shorter or longer than its header says: whoever reads it needs its size alone to say so.
      let nothing = HeadSums(
        storage: TensorStorage(byteCount: 0) { _ in }, heads: 1, rows: 0, firstNonFinite: [])
      return missing == 0 ? [] : [CondensedPart(range: 0..<missing, sums: nothing)]
    }
  }

  /// The means of matrices that have stayed; complete when the body is.
  var columnMeans: [ColumnMeans] { state.withLock(\.columnMeans) }

  /// How long all of it took; 0 if there was nothing to add up.
  var nanoseconds: UInt64 { state.withLock(\.nanoseconds) }

  /// What the header says; nil unless it is right.
  var outline: SafetensorsOutline? { state.withLock(\.outline) }

  /// What is held beside the body.
  var byteCount: Int { state.withLock { $0.adders.reduce(0) { $0 + $1.target.sumBytes } } }

  /// What is held of a body that is complete: the pages of its memory that have been used, also by
  /// others before, and the sums.
  func heldBytes(with body: BodyBuffer) -> Int {
    let sums = byteCount
    return sums == 0 ? body.count : body.usedBytes + sums
  }

  /// Uses what has arrived since the last time.
  func condense(_ body: BodyBuffer) {
    state.withLock { state in
      if state.phase == .beforeHeader { begin(body, &state) }
      guard state.phase == .condensing else { return }
      let start = MonotonicInstant.now
      use(body, &state)
      state.nanoseconds += MonotonicInstant.now &- start
    }
  }

  /// Decides as soon as the header is there.
  private func begin(_ body: BodyBuffer, _ state: inout State) {
    // A small body whose length nobody knew is the worker's, as it is where everybody did.
    guard length != nil || body.count >= min(smallest, CondensationPlan.smallestKept) else {
      return
    }
    do throws(CodingError) {
      let header = try SafetensorsOutline.byteCount(
        from: body.bytes, fileByteCount: length, limits: limits)
      guard let header, body.count >= header else { return }
      var known: SafetensorsOutline?
      if let length { known = try headers?.outline(body.bytes, fileByteCount: length) }
      let outline =
        if let known { known } else {
          try SafetensorsOutline(body.bytes, fileByteCount: length, limits: limits)
        }
      let plan = CondensationPlan(
        outline, smallest: smallest, mayWait: length != nil && claim?.isRoomScarce != true)
      state.phase = .idle
      state.outline = outline
      // Nothing is taken for a header that promises more than may come.
      guard !plan.targets.isEmpty, outline.fileByteCount <= reserved else { return }
      var adders: [HeadAdder] = []
      for target in plan.targets where !target.isKept {
        guard let adder = HeadAdder(target, kernels: kernels, buffers: buffers) else { return }
        adders.append(adder)
      }
      guard account(for: plan, of: outline.fileByteCount, body) else { return }
      state.adders = adders
      state.targets = plan.targets
      state.phase = .condensing
    } catch { state.phase = .idle }
  }

  /// Gives back what will not be held, or takes what will be held beside; false if there is no room.
  private func account(
    for plan: CondensationPlan, of fileByteCount: Int, _ body: BodyBuffer
  ) -> Bool {
    guard let claim else { return true }
    let most = fileByteCount - plan.savedBytes + plan.waitingBytes + BodyBuffer.mostUncondensed
    let kept = min(most, fileByteCount)
    let held = plan.sumBytes == 0 ? fileByteCount : max(kept, body.usedBytes) + plan.sumBytes
    guard held < reserved else { return held == reserved || claim.grow(by: held - reserved) }
    claim.condenses(by: reserved - held)
    return true
  }

  private func use(_ body: BodyBuffer, _ state: inout State) {
    while state.next < state.targets.count, state.kept < body.count {
      let target = state.targets[state.next]
      let arrived = body.count - state.kept
      guard state.position >= target.range.lowerBound else {
        let kept = min(arrived, target.range.lowerBound - state.position)
        state.kept += kept
        state.position += kept
        continue
      }
      // An element that has come in part waits for its rest.
      let left = target.range.upperBound - state.position
      let used = min(arrived, left) / target.type.byteSize * target.type.byteSize
      let range = state.kept..<state.kept + used
      let taken = target.isKept ? average(target, body, range, &state) : add(body, range, &state)
      guard taken > 0 else { return }
      state.position += taken
      if taken == left { finish(target, &state) }
    }
    if state.next == state.targets.count { end(body, &state) }
  }

  /// What follows the last target stays; nobody asks for its place any more.
  private func end(_ body: BodyBuffer, _ state: inout State) {
    // Where the length is known, nothing can follow the file.
    guard length == nil, let outline = state.outline else {
      state.phase = .idle
      return
    }
    let rest = outline.fileByteCount - state.added
    guard body.count > rest else { return }
    state.dropped += body.count - rest
    body.remove(rest..<body.count)
  }

  /// Adds elements to sums and takes them away, or lets them wait; returns the bytes of the former.
  private func add(_ body: BodyBuffer, _ range: Range<Int>, _ state: inout State) -> Int {
    let taken = state.adders[state.adder].add(body, range)
    state.added += taken
    return taken
  }

  /// Averages rows and leaves them where they are; returns the bytes of those that were complete.
  private func average(
    _ target: CondensationPlan.Target, _ body: BodyBuffer, _ range: Range<Int>,
    _ state: inout State
  ) -> Int {
    if state.averager == nil { state.averager = MatrixAverager(target, kernels: kernels) }
    let taken = state.averager?.add(body.bytes.extracting(range), at: range.lowerBound) ?? 0
    state.kept += taken
    return taken
  }

  private func finish(_ target: CondensationPlan.Target, _ state: inout State) {
    state.next += 1
    guard target.isKept else {
      state.adder += 1
      return
    }
    state.columnMeans += state.averager?.means ?? []
    state.averager = nil
  }
}
