/// A block that nobody uses, with what earlier uses have left.
struct RestingBlock {
  let block: MemoryBlock
  /// Bytes from the first whose pages may be committed.
  var touched: Int
  /// When it came to rest.
  let since: UInt64
}

/// Blocks at rest by size class, from which the newest are used and the oldest are given up.
struct RestingBlocks {
  private var shelves = Array(repeating: Shelf(), count: SizeClass.count)
  /// Touched bytes of all of them, and of those that are about to be given up.
  private(set) var bytes = 0

  /// Adds a block that has just been used.
  mutating func put(_ resting: RestingBlock) {
    shelves[SizeClass(holding: resting.block.capacity).index].append(resting)
    bytes += resting.touched
  }

  /// Notes that bytes of a block that was given up are gone.
  ///
  /// - Parameters:
  ///   - bytes: How many.
  ///   - rest: What is left of the block, which remains the oldest of its class.
  mutating func gaveUp(_ bytes: Int, rest: RestingBlock?) {
    self.bytes -= bytes
    guard let rest else { return }
    shelves[SizeClass(holding: rest.block.capacity).index].prepend(rest)
  }

  /// Takes the block of a class that was used last: its pages are the likeliest to be in a cache.
  mutating func takeNewest(of sizeClass: SizeClass) -> RestingBlock? {
    let resting = shelves[sizeClass.index].popLast()
    bytes -= resting?.touched ?? 0
    return resting
  }

  /// Takes the block that has rested longest, whatever its size, to give it up.
  ///
  /// It counts until ``gaveUp(_:rest:)``, or another thread might think that there is room.
  mutating func takeOldest() -> RestingBlock? {
    var oldest: (index: Int, since: UInt64)?
    for index in shelves.indices {
      guard let first = shelves[index].first, first.since < oldest?.since ?? .max else { continue }
      oldest = (index, first.since)
    }
    return oldest.flatMap { shelves[$0.index].popFirst() }
  }

  /// Takes a block that has rested since some time or longer, to give it up.
  ///
  /// - Parameters:
  ///   - time: The latest time at which it may have come to rest.
  ///   - kept: How many small blocks of each class stay however old they are.
  /// - Returns: The block, which counts until ``gaveUp(_:rest:)``; nil without such a block.
  mutating func takeOld(since time: UInt64, keepingSmall kept: Int) -> RestingBlock? {
    let index = shelves.firstIndex { shelf in
      guard let first = shelf.first, first.since <= time else { return false }
      return shelf.hasSurplus(keepingSmall: kept)
    }
    return index.flatMap { shelves[$0].popFirst() }
  }

  /// Whether there is a block that would not stay.
  func hasSurplus(keepingSmall kept: Int) -> Bool {
    shelves.contains { $0.hasSurplus(keepingSmall: kept) }
  }

  /// Takes everything.
  mutating func takeAll() -> [RestingBlock] {
    defer { self = RestingBlocks() }
    return shelves.flatMap(\.all)
  }
}

/// The blocks of one size class in the order in which they came to rest.
private struct Shelf {
  private var blocks: [RestingBlock] = []
  /// Places in front that are free.
  private var gap = 0

  var all: ArraySlice<RestingBlock> { blocks[gap...] }

  var first: RestingBlock? { gap < blocks.count ? blocks[gap] : nil }

  func hasSurplus(keepingSmall kept: Int) -> Bool {
    guard let first else { return false }
    return first.block.isMapped || blocks.count - gap > kept
  }

  mutating func append(_ resting: RestingBlock) { blocks.append(resting) }

  mutating func prepend(_ resting: RestingBlock) {
    guard gap > 0 else {
      blocks.insert(resting, at: 0)
      return
    }
    gap -= 1
    blocks[gap] = resting
  }

  mutating func popLast() -> RestingBlock? {
    guard gap < blocks.count else { return nil }
    let last = blocks.removeLast()
    if gap == blocks.count { removeGap() }
    return last
  }

  /// The places of those that are gone stay until they are half of all: so each is moved once.
  mutating func popFirst() -> RestingBlock? {
    guard let first else { return nil }
    gap += 1
    if gap * 2 >= blocks.count { removeGap() }
    return first
  }

  private mutating func removeGap() {
    blocks.removeFirst(gap)
    gap = 0
  }
}
