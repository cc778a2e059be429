import HTTPEngine
import Locking
import TensorCoding
import Tensors
import VectorKernels

/// Averages per-head attention while it arrives, so that it never lies in memory as a whole.
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
    var adders: [HeadAdder] = []
    /// The adder whose tensor comes next or is coming.
    var next = 0
    /// Bytes of the memory that stay as they are.
    var kept = 0
    /// The place in the file of what lies behind them.
    var position = 0
  }

  private let length: Int
  private let kernels: KernelSet
  private let limits: CodingLimits
  private let buffers: BufferPool
  private let claim: AdmissionClaim
  private let smallest: Int
  private let state = Locked(State())

  /// Longer headers are left to the worker: other connections would wait while the loop reads them.
  private static let longestHeader = 64 << 10

  init(
    length: Int, kernels: KernelSet, limits: CodingLimits, buffers: BufferPool,
    claim: AdmissionClaim, smallest: Int = CondensationPlan.smallestTarget
  ) {
    self.smallest = smallest
    self.length = length
    self.kernels = kernels
    var limits = limits
    limits.maximumHeaderBytes = min(limits.maximumHeaderBytes, Self.longestHeader)
    self.limits = limits
    self.buffers = buffers
    self.claim = claim
  }

  /// What was taken out of the body; complete when the body is.
  var parts: [CondensedPart] { state.withLock { $0.adders.map(\.condensed) } }

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
      if state.phase == .condensing { use(body, &state) }
    }
  }

  /// Decides as soon as the header is there.
  private func begin(_ body: BodyBuffer, _ state: inout State) {
    do throws(CodingError) {
      let header = try SafetensorsOutline.byteCount(
        from: body.bytes, fileByteCount: length, limits: limits)
      guard let header, body.count >= header else { return }
      let plan = CondensationPlan(
        try SafetensorsOutline(body.bytes, fileByteCount: length, limits: limits),
        smallest: smallest)
      state.phase = .idle
      var adders: [HeadAdder] = []
      for target in plan.targets {
        guard let adder = HeadAdder(target, kernels: kernels, buffers: buffers) else { return }
        adders.append(adder)
      }
      guard !adders.isEmpty, account(for: plan, body) else { return }
      state.adders = adders
      state.phase = .condensing
    } catch { state.phase = .idle }
  }

  /// Gives back what will not be held, or takes what will be held beside; false if there is no room.
  private func account(for plan: CondensationPlan, _ body: BodyBuffer) -> Bool {
    let held = max(length - plan.savedBytes, body.usedBytes) + plan.sumBytes
    guard held > length else {
      claim.condenses(by: length - held)
      return true
    }
    return claim.grow(by: held - length)
  }

  private func use(_ body: BodyBuffer, _ state: inout State) {
    while state.next < state.adders.count, state.kept < body.count {
      let target = state.adders[state.next].target
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
      guard used > 0 else { return }
      let range = state.kept..<state.kept + used
      state.adders[state.next].add(body.bytes.extracting(range))
      body.remove(range)
      state.position += used
      if used == left { state.next += 1 }
    }
    // What follows the last target stays; nobody asks for its place any more.
    if state.next == state.adders.count { state.phase = .idle }
  }
}
