internal import CLinux

/// A piece of memory whose pages are committed by the first touch.
///
/// Safety: whoever holds the block last calls ``release()`` once and does not use it afterwards.
@safe
struct MemoryBlock: @unchecked Sendable {
  // @unchecked Sendable: an address and a size; access is the owner's affair.
  /// The first byte, 64-byte aligned.
  let base: UnsafeMutableRawPointer
  /// Usable bytes; at least ``slack`` more are readable.
  let capacity: Int

  /// Readable bytes after the capacity, as vectorised parsers want.
  static let slack = 64
  /// Blocks from this size on come from mmap(2) and cost no memory until they are touched.
  static let mappedFrom = 128 << 10

  /// The largest page that a kernel may have: less cannot be given back.
  private static let page = 64 << 10

  /// The bytes of the fewest pages that hold so many bytes.
  static func roundedToPages(_ bytes: Int) -> Int { (bytes + page - 1) / page * page }

  /// Whether the pages are the system's until they are touched.
  var isMapped: Bool { capacity >= MemoryBlock.mappedFrom }

  /// Bytes that are committed as soon as there is the block.
  var touchedFromStart: Int { isMapped ? 0 : capacity }

  /// No memory at all.
  static let none = MemoryBlock()

  private init() {
    // Allocated once for the process; initialised because readers may look at the slack.
    let base = UnsafeMutableRawPointer.allocate(byteCount: MemoryBlock.slack, alignment: 64)
    unsafe base.initializeMemory(as: UInt8.self, repeating: 0, count: MemoryBlock.slack)
    unsafe self.base = base
    capacity = 0
  }

  /// Reserves memory; nil when the kernel has none.
  init?(capacity: Int) {
    let bytes = capacity + MemoryBlock.slack
    if capacity >= MemoryBlock.mappedFrom {
      // Pages are aligned beyond 64 bytes.
      guard let base = unsafe clinux_map(bytes) else { return nil }
      unsafe self.base = base
    } else {
      let base = UnsafeMutableRawPointer.allocate(byteCount: bytes, alignment: 64)
      unsafe base.initializeMemory(as: UInt8.self, repeating: 0, count: bytes)
      unsafe self.base = base
    }
    self.capacity = capacity
  }

  /// Gives the last touched pages of a mapped block back to the system; they read as zeros then.
  ///
  /// - Parameters:
  ///   - bytes: About as many, at least one page.
  ///   - touched: What has been touched, from the first byte on.
  /// - Returns: What may still be committed.
  func discard(last bytes: Int, of touched: Int) -> Int {
    precondition(isMapped && touched <= capacity, "the pages are the block's own")
    let kept = max(0, touched - max(bytes, 1)) / Self.page * Self.page
    // Whole pages inside the mapping, the first of which is its own; nobody uses the block.
    unsafe clinux_discard(base + kept, touched - kept)
    return kept
  }

  /// Gives the memory back to the system.
  func release() {
    guard capacity > 0 else { return }
    if isMapped {
      unsafe clinux_unmap(base, capacity + MemoryBlock.slack)
    } else {
      unsafe base.deallocate()
    }
  }
}
