/// The memory that a loop reads into when it does not yet know whose bytes they are.
///
/// Safety: allocated here, freed in `deinit`, used by the loop's thread alone, and initialised
/// before anything can read it.
@safe
final class ReadBuffer {
  /// All of it, for a read.
  let memory: UnsafeMutableRawBufferPointer

  init(capacity: Int) {
    unsafe memory = .allocate(byteCount: capacity, alignment: 64)
    unsafe memory.initializeMemory(as: UInt8.self, repeating: 0)
  }

  deinit { unsafe memory.deallocate() }

  /// The first `count` bytes.
  @_lifetime(borrow self)
  func bytes(_ count: Int) -> Span<UInt8> {
    unsafe precondition(count <= memory.count, "a read stays inside the buffer")
    // In bounds and initialised; bytes have no alignment.
    let span = unsafe Span<UInt8>(
      _unsafeStart: memory.baseAddress.unsafelyUnwrapped.assumingMemoryBound(to: UInt8.self),
      count: count)
    return unsafe _overrideLifetime(span, borrowing: self)
  }
}
