internal import Locking
internal import Synchronization

/// Keeps the memory of finished bodies, pages and all, for the next ones.
///
/// Fresh pages cost more than receiving into them, so a buffer is reused rather than returned to
/// the system as long as what is in use and what rests stay under one ceiling together. Where room is
/// needed, what has rested longest goes back to the system, whatever its size; and so does what has
/// rested for a while, except a few small blocks of each size.
public final class BufferPool: Sendable {
  private struct State {
    var resting = RestingBlocks()
    /// Blocks that are somebody's at the moment.
    var taken = 0
  }

  /// Small blocks of each size that stay however long they rest: at most 5 MiB in all.
  private static let smallBlocksKept = 4
  /// Memory given back at once by a loop, so that its connections wait a millisecond at most.
  private static let bytesReleasedAtOnce = 8 << 20
  /// The least that is made room for, so that bytes that come one by one do not cost a call each.
  private static let smallestRelease = 256 << 10

  private let state = Locked(State())
  /// Touched bytes of all blocks, in use or at rest.
  private let held = Atomic(0)
  private let mayRelease = Atomic(false)
  private let clock: @Sendable () -> UInt64
  /// The most touched bytes in use and at rest together, as far as it is for the pool to decide: what
  /// is in use may be more, and then nothing rests.
  public let maximumBytes: Int
  /// The most touched bytes that may rest in the pool.
  public let maximumIdleBytes: Int
  /// How long memory rests before it goes back to the system.
  public let maximumIdleTime: Duration

  /// Makes an empty pool.
  public convenience init(
    maximumBytes: Int = .max, maximumIdleBytes: Int = .max, maximumIdleTime: Duration = .seconds(10)
  ) {
    self.init(
      maximumBytes: maximumBytes, maximumIdleBytes: maximumIdleBytes,
      maximumIdleTime: maximumIdleTime, clock: { MonotonicClock.now })
  }

  init(
    maximumBytes: Int = .max, maximumIdleBytes: Int = .max, maximumIdleTime: Duration,
    clock: @escaping @Sendable () -> UInt64
  ) {
    self.maximumBytes = maximumBytes
    self.maximumIdleBytes = maximumIdleBytes
    self.maximumIdleTime = maximumIdleTime
    self.clock = clock
  }

  deinit {
    for resting in state.withLock({ $0.resting.takeAll() }) { resting.block.release() }
  }

  /// Touched bytes at rest.
  public var idleBytes: Int { state.withLock(\.resting.bytes) }

  /// Touched bytes in use and at rest.
  public var heldBytes: Int { held.load(ordering: .relaxed) }

  // MARK: Taking

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
    if block.touchedFromStart > 0 { grew(by: block.touchedFromStart) }
    return BodyBuffer(block: block, pool: self, touched: block.touchedFromStart)
  }

  private func reuse(_ sizeClass: SizeClass) -> RestingBlock? {
    state.withLock { state in
      state.taken += 1
      mayRelease.store(true, ordering: .relaxed)
      return state.resting.takeNewest(of: sizeClass)
    }
  }

  /// Notes that somebody has touched more of a block, and makes room for it.
  func grew(by bytes: Int) {
    let total = held.add(bytes, ordering: .relaxed).newValue
    if total > maximumBytes { makeRoom(total - maximumBytes) }
  }

  /// Notes that somebody has given pages of a block back.
  func shrank(by bytes: Int) { held.subtract(bytes, ordering: .relaxed) }

  func giveBack(_ block: MemoryBlock, touched: Int) {
    guard block.capacity > 0 else { return }
    guard touched > 0 else {
      // No page to be reused, and address space has an end, too.
      state.withLock { $0.taken -= 1 }
      block.release()
      return
    }
    let resting = RestingBlock(block: block, touched: touched, since: clock())
    let idle = state.withLock { state in
      state.taken -= 1
      state.resting.put(resting)
      return state.resting.bytes
    }
    let excess = max(idle - maximumIdleBytes, heldBytes - maximumBytes)
    if excess > 0 { makeRoom(excess) }
  }

  // MARK: Giving memory back

  /// False when no memory could go back to the system, now or later.
  var needsReleasing: Bool { mayRelease.load(ordering: .relaxed) }

  /// How often ``releaseUnused(at:)`` should be called, in nanoseconds.
  var releaseInterval: UInt64 {
    min(max(maximumIdleTime.nanoseconds / 2, 10_000_000), 1_000_000_000)
  }

  /// When to call it again if there was more to give back than at once, in nanoseconds.
  var releasePause: UInt64 { 10_000_000 }

  /// Gives memory back that has rested too long at that time of the monotonic clock.
  ///
  /// - Parameter now: The time.
  /// - Returns: Whether there may be more of it.
  @discardableResult
  func releaseUnused(at now: UInt64) -> Bool {
    let longest = maximumIdleTime.nanoseconds
    guard now >= longest else { return false }
    var left = Self.bytesReleasedAtOnce
    while left > 0 {
      guard let resting = takeOld(since: now - longest) else { return false }
      // Pages that were never touched cost nothing, but each block is a call.
      left -= max(release(resting, upTo: left), SizeClass.smallest)
    }
    return true
  }

  private func takeOld(since time: UInt64) -> RestingBlock? {
    state.withLock { state in
      let kept = Self.smallBlocksKept
      if let resting = state.resting.takeOld(since: time, keepingSmall: kept) { return resting }
      mayRelease.store(
        state.taken > 0 || state.resting.hasSurplus(keepingSmall: kept), ordering: .relaxed)
      return nil
    }
  }

  /// Gives back what has rested longest: as much as whoever needs the room has just used.
  private func makeRoom(_ bytes: Int) {
    var left = max(bytes, Self.smallestRelease)
    while left > 0, let resting = state.withLock({ $0.resting.takeOldest() }) {
      left -= max(release(resting, upTo: left), 1)
    }
  }

  /// Gives a block back, or if it has more pages than that, its last ones; returns their bytes.
  private func release(_ resting: RestingBlock, upTo most: Int) -> Int {
    var rest: RestingBlock? = resting
    if resting.block.isMapped, resting.touched > most {
      rest?.touched = resting.block.discard(last: most, of: resting.touched)
    } else {
      resting.block.release()
      rest = nil
    }
    let released = resting.touched - (rest?.touched ?? 0)
    held.subtract(released, ordering: .relaxed)
    state.withLock { state in
      state.resting.gaveUp(released, rest: rest)
      if rest != nil { mayRelease.store(true, ordering: .relaxed) }
    }
    return released
  }
}
