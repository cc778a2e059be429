internal import Locking
internal import Synchronization

/// Keeps the memory of finished bodies, pages and all, for the next ones.
///
/// Fresh pages cost more than receiving into them, so a buffer is reused rather than returned to
/// the system, as long as the pages at rest stay under a ceiling. What has rested for a while goes
/// back to the system, except a few small blocks of each size.
public final class BufferPool: Sendable {
  private struct Resting {
    let block: MemoryBlock
    let touched: Int
    let since: UInt64
  }

  private struct State {
    var shelves: [[Resting]] = Array(repeating: [], count: SizeClass.count)
    var idleBytes = 0
    /// Blocks that are somebody's at the moment.
    var taken = 0
  }

  /// Small blocks of each size that stay however long they rest: at most 5 MiB in all.
  private static let smallBlocksKept = 4
  /// Memory given back at once, so that a loop is not held up; more waits for the next time.
  private static let bytesReleasedAtOnce = 32 << 20

  private let state = Locked(State())
  private let mayRelease = Atomic(false)
  private let clock: @Sendable () -> UInt64
  /// The most bytes of touched memory that may rest in the pool.
  public let maximumIdleBytes: Int
  /// How long memory rests before it goes back to the system.
  public let maximumIdleTime: Duration

  /// Makes an empty pool.
  public convenience init(maximumIdleBytes: Int, maximumIdleTime: Duration = .seconds(10)) {
    self.init(
      maximumIdleBytes: maximumIdleBytes, maximumIdleTime: maximumIdleTime,
      clock: { MonotonicClock.now })
  }

  init(
    maximumIdleBytes: Int, maximumIdleTime: Duration, clock: @escaping @Sendable () -> UInt64
  ) {
    self.maximumIdleBytes = maximumIdleBytes
    self.maximumIdleTime = maximumIdleTime
    self.clock = clock
  }

  deinit {
    state.withLock { state in
      for resting in state.shelves.joined() { resting.block.release() }
    }
  }

  /// Bytes of touched memory at rest.
  public var idleBytes: Int { state.withLock(\.idleBytes) }

  /// A buffer for at least that many bytes.
  public func take(capacity: Int) -> BodyBuffer {
    guard let buffer = takeIfPossible(capacity: capacity) else {
      // The kernel refuses address space only to a process that is beyond saving.
      preconditionFailure("address space is exhausted")
    }
    return buffer
  }

  /// A buffer for at least that many bytes; nil when the kernel has no address space left.
  public func takeIfPossible(capacity: Int) -> BodyBuffer? {
    guard capacity > 0 else { return .empty }
    let sizeClass = SizeClass(holding: capacity)
    if let resting = reuse(sizeClass) {
      return BodyBuffer(block: resting.block, pool: self, touched: resting.touched)
    }
    guard let bytes = sizeClass.bytes, let block = MemoryBlock(capacity: bytes) else {
      state.withLock { $0.taken -= 1 }
      return nil
    }
    return BodyBuffer(block: block, pool: self)
  }

  private func reuse(_ sizeClass: SizeClass) -> Resting? {
    state.withLock { state in
      state.taken += 1
      mayRelease.store(true, ordering: .relaxed)
      guard let resting = state.shelves[sizeClass.index].popLast() else { return nil }
      state.idleBytes -= resting.touched
      return resting
    }
  }

  func giveBack(_ block: MemoryBlock, touched: Int) {
    guard block.capacity > 0 else { return }
    let footprint = block.capacity < MemoryBlock.mappedFrom ? block.capacity : touched
    let now = clock()
    let keeps = state.withLock { state in
      state.taken -= 1
      guard state.idleBytes + footprint <= maximumIdleBytes else { return false }
      state.idleBytes += footprint
      let shelf = SizeClass(holding: block.capacity).index
      state.shelves[shelf].append(Resting(block: block, touched: footprint, since: now))
      return true
    }
    if !keeps { block.release() }
  }

  // MARK: Giving memory back

  /// False when no memory could go back to the system, now or later.
  var needsReleasing: Bool { mayRelease.load(ordering: .relaxed) }

  /// How often ``releaseUnused(at:)`` should be called, in nanoseconds.
  var releaseInterval: UInt64 {
    min(max(maximumIdleTime.nanoseconds / 2, 10_000_000), 1_000_000_000)
  }

  /// Gives memory back that has rested too long at that time of the monotonic clock.
  func releaseUnused(at now: UInt64) {
    let longest = maximumIdleTime.nanoseconds
    let released = state.withLock { state in
      var released: [MemoryBlock] = []
      var budget = Self.bytesReleasedAtOnce
      var remains = state.taken > 0
      for index in state.shelves.indices where !state.shelves[index].isEmpty {
        let shelf = state.shelves[index]
        let isSmall = shelf[0].block.capacity < MemoryBlock.mappedFrom
        let surplus = max(0, shelf.count - (isSmall ? Self.smallBlocksKept : 0))
        // Blocks are taken from the end, so those that have rested longest stand in front.
        let old = shelf.prefix(surplus).prefix { resting in
          guard resting.since &+ longest <= now, budget > 0 else { return false }
          budget -= resting.touched
          return true
        }
        state.idleBytes -= old.reduce(0) { $0 + $1.touched }
        released += old.map(\.block)
        state.shelves[index].removeFirst(old.count)
        remains = remains || old.count < surplus
      }
      mayRelease.store(remains, ordering: .relaxed)
      return released
    }
    for block in released { block.release() }
  }
}
