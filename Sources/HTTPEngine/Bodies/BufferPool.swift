internal import Synchronization

/// Keeps the memory of finished bodies, pages and all, for the next ones.
///
/// Fresh pages cost more than receiving into them, so a buffer is reused rather than returned to
/// the system, as long as the pages at rest stay under a ceiling.
public final class BufferPool: Sendable {
  private struct Resting {
    let block: MemoryBlock
    let touched: Int
  }

  private struct State {
    var shelves: [[Resting]] = Array(repeating: [], count: SizeClass.count)
    var idleBytes = 0
  }

  private let state = Mutex(State())
  /// The most bytes of touched memory that may rest in the pool.
  public let maximumIdleBytes: Int

  /// Makes an empty pool.
  public init(maximumIdleBytes: Int) { self.maximumIdleBytes = maximumIdleBytes }

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
    guard let bytes = sizeClass.bytes, let block = MemoryBlock(capacity: bytes) else { return nil }
    return BodyBuffer(block: block, pool: self)
  }

  private func reuse(_ sizeClass: SizeClass) -> Resting? {
    state.withLock { state in
      guard let resting = state.shelves[sizeClass.index].popLast() else { return nil }
      state.idleBytes -= resting.touched
      return resting
    }
  }

  func giveBack(_ block: MemoryBlock, touched: Int) {
    guard block.capacity > 0 else { return }
    let footprint = block.capacity < MemoryBlock.mappedFrom ? block.capacity : touched
    let keeps = state.withLock { state in
      guard state.idleBytes + footprint <= maximumIdleBytes else { return false }
      state.idleBytes += footprint
      let shelf = SizeClass(holding: block.capacity).index
      state.shelves[shelf].append(Resting(block: block, touched: footprint))
      return true
    }
    if !keeps { block.release() }
  }
}

/// Four sizes per doubling, from 4 KiB: at most a fifth of a block is unused.
struct SizeClass: Equatable {
  static let smallest = 4096
  static let count = 4 * 48
  let index: Int

  init(holding bytes: Int) {
    guard bytes > SizeClass.smallest else {
      index = 0
      return
    }
    // The class above `bytes`: quarters of the power of two below it.
    let last = bytes - 1
    let exponent = Int.bitWidth - 1 - last.leadingZeroBitCount
    let quarter = (last >> (exponent - 2)) & 3
    index = min((exponent - 12) * 4 + quarter + 1, SizeClass.count - 1)
  }

  /// The bytes that a block of this class holds; nil beyond what can be addressed.
  var bytes: Int? {
    guard index < SizeClass.count - 1 else { return nil }
    let exponent = 12 + index / 4
    return (4 + index % 4) << (exponent - 2)
  }
}
