internal import CNghttp2
internal import Glibc

/// Memory for the sessions of one loop: nghttp2 takes and gives back the same few sizes per request.
///
/// Safety: used by one thread. A block begins with a header that says which list it belongs to, and is
/// on that list or in nghttp2's hands. It outlives the sessions, which hold the library that holds it.
@safe
final class SessionMemory {
  private let lists: UnsafeMutablePointer<BlockLists>

  /// Makes an empty store.
  ///
  /// - Parameter keepsBlocks: False hands everything back at once, so that tools see wrong uses.
  init(keepsBlocks: Bool) {
    unsafe lists = .allocate(capacity: 1)
    unsafe lists.initialize(to: BlockLists(limit: keepsBlocks ? BlockLists.keptBytes : 0))
  }

  deinit {
    unsafe lists.pointee.freeAll()
    unsafe lists.deallocate()
  }

  /// The functions as nghttp2 takes them; valid as long as this object.
  var functions: nghttp2_mem {
    unsafe nghttp2_mem(
      mem_user_data: lists, malloc: allocate, free: release, calloc: allocateZeroed,
      realloc: reallocate)
  }
}

/// Blocks that came back, by size.
///
/// It lies where nghttp2's functions find it without an object in between, for they are called a dozen
/// times per request.
///
/// Safety: see ``SessionMemory``.
@safe
private struct BlockLists {
  /// What stands in front of each block, as long as the alignment of malloc demands.
  private struct Header {
    var list: Int
    var capacity: Int
  }

  private static var headerBytes: Int { 16 }
  private static var step: Int { 64 }
  private static var count: Int { 16 }
  static var keptBytes: Int { 1 << 20 }

  private var first = unsafe [16 of UnsafeMutableRawPointer?](repeating: nil)
  private var kept = 0
  private let limit: Int

  init(limit: Int) { self.limit = limit }

  mutating func freeAll() {
    for list in 0..<Self.count {
      while let block = unsafe pop(list) { unsafe Glibc.free(block) }
    }
  }

  @inline(__always)
  mutating func take(_ size: Int) -> UnsafeMutableRawPointer? {
    let list = size == 0 ? 0 : (size - 1) / Self.step
    guard list < Self.count else { return unsafe Self.new(size, list: -1) }
    let capacity = (list + 1) * Self.step
    guard let block = unsafe pop(list) else { return unsafe Self.new(capacity, list: list) }
    kept -= capacity
    return unsafe block + Self.headerBytes
  }

  private static func new(_ capacity: Int, list: Int) -> UnsafeMutableRawPointer? {
    let (total, overflow) = capacity.addingReportingOverflow(headerBytes)
    guard !overflow, let block = unsafe Glibc.malloc(total) else { return nil }
    unsafe block.storeBytes(of: Header(list: list, capacity: capacity), as: Header.self)
    return unsafe block + headerBytes
  }

  @inline(__always)
  mutating func give(_ memory: UnsafeMutableRawPointer) {
    let block = unsafe memory - Self.headerBytes
    let header = unsafe block.load(as: Header.self)
    guard header.list >= 0, kept + header.capacity <= limit else {
      unsafe Glibc.free(block)
      return
    }
    kept += header.capacity
    // The link lies behind the header, which stays as it is.
    unsafe memory.storeBytes(of: first[header.list], as: UnsafeMutableRawPointer?.self)
    unsafe first[header.list] = block
  }

  @inline(__always)
  private mutating func pop(_ list: Int) -> UnsafeMutableRawPointer? {
    guard let block = unsafe first[list] else { return nil }
    unsafe first[list] = (block + Self.headerBytes).load(as: UnsafeMutableRawPointer?.self)
    return unsafe block
  }

  static func capacity(of memory: UnsafeMutableRawPointer) -> Int {
    unsafe (memory - headerBytes).load(as: Header.self).capacity
  }
}

/// Safety: nghttp2 passes back what `functions` gave it, which is valid: see above.
@inline(__always)
private func lists(_ context: UnsafeMutableRawPointer?) -> UnsafeMutablePointer<BlockLists>? {
  unsafe context?.assumingMemoryBound(to: BlockLists.self)
}

private func allocate(
  _ size: Int, _ context: UnsafeMutableRawPointer?
) -> UnsafeMutableRawPointer? {
  guard size >= 0 else { return nil }
  return unsafe lists(context)?.pointee.take(size)
}

private func release(_ block: UnsafeMutableRawPointer?, _ context: UnsafeMutableRawPointer?) {
  guard let block = unsafe block else { return }
  unsafe lists(context)?.pointee.give(block)
}

private func allocateZeroed(
  _ count: Int, _ size: Int, _ context: UnsafeMutableRawPointer?
) -> UnsafeMutableRawPointer? {
  let (total, overflow) = count.multipliedReportingOverflow(by: size)
  guard !overflow, let block = unsafe allocate(total, context) else { return nil }
  return unsafe memset(block, 0, total)
}

private func reallocate(
  _ block: UnsafeMutableRawPointer?, _ size: Int, _ context: UnsafeMutableRawPointer?
) -> UnsafeMutableRawPointer? {
  guard let block = unsafe block else { return unsafe allocate(size, context) }
  let capacity = unsafe BlockLists.capacity(of: block)
  guard capacity < size else { return unsafe block }
  guard let larger = unsafe allocate(size, context) else { return nil }
  unsafe larger.copyMemory(from: block, byteCount: capacity)
  unsafe release(block, context)
  return unsafe larger
}
