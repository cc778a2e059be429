/// Pooled memory for one body: 64-byte aligned, with 64 readable bytes after its capacity.
///
/// Safety: one owner writes at a time (the loop while it receives, a responder while it builds an
/// answer); afterwards the bytes only change hands together with the object and are read.
@safe
public final class BodyBuffer: @unchecked Sendable {
  // @unchecked Sendable: written by one owner before it is shared, then only read; `empty`, which
  // is shared from the start, is never written.
  let block: MemoryBlock
  private let pool: BufferPool?
  /// Bytes written so far.
  public private(set) var count = 0
  /// The largest count so far: these pages are committed and go back to the pool as such.
  private var touched: Int
  /// An object that lives as long as the memory is in use, such as a share of some limit; set
  /// before the buffer is handed on.
  public var companion: (any AnyObject & Sendable)?

  init(block: MemoryBlock, pool: BufferPool?, touched: Int = 0) {
    self.block = block
    self.pool = pool
    self.touched = touched
  }

  deinit {
    if let pool { pool.giveBack(block, touched: touched) } else { block.release() }
  }

  /// A buffer without memory, for messages without a body.
  public static let empty = BodyBuffer(block: MemoryBlock.none, pool: nil)

  /// Bytes whose pages are committed, be they content or not: of this body or one before it.
  public var usedBytes: Int { touched }

  /// Bytes that fit.
  public var capacity: Int { block.capacity }

  /// The first byte, 64-byte aligned, for views that outlive a span; valid while the buffer lives.
  @unsafe public var baseAddress: UnsafeMutableRawPointer { unsafe block.base }

  /// The bytes written so far.
  public var bytes: RawSpan {
    @_lifetime(borrow self)
    get {
      // count never exceeds the block's capacity; the span cannot outlive the borrow of self.
      let span = unsafe RawSpan(_unsafeStart: block.base, byteCount: count)
      return unsafe _overrideLifetime(span, borrowing: self)
    }
  }

  /// Lets `body` fill the memory; it returns how many bytes, from the first, are now content.
  public func write(_ body: (inout MutableRawSpan) -> Int) {
    // The block is this object's own and lasts longer than the call.
    var span = unsafe MutableRawSpan(_unsafeStart: block.base, byteCount: capacity)
    let newCount = body(&span)
    precondition(newCount >= 0 && newCount <= capacity, "the content fits the buffer")
    advance(to: newCount)
  }

  /// Adds bytes after the content; requires that they fit.
  public func append(_ bytes: RawSpan) {
    precondition(bytes.byteCount <= capacity - count, "the bytes fit the buffer")
    guard bytes.byteCount > 0 else { return }
    // In bounds by the precondition; both regions are live, and distinct by exclusivity.
    unsafe bytes.withUnsafeBytes { source in
      guard let base = source.baseAddress else { return }
      unsafe (block.base + count).copyMemory(from: base, byteCount: source.count)
    }
    advance(to: count + bytes.byteCount)
  }

  /// Where the next byte goes, for a read straight into the buffer.
  var free: UnsafeMutableRawBufferPointer {
    unsafe UnsafeMutableRawBufferPointer(start: block.base + count, count: capacity - count)
  }

  /// Counts bytes that were received into ``free``.
  func received(_ bytes: Int) { advance(to: count + bytes) }

  /// Gives pages back to the system that earlier users of the memory have left.
  ///
  /// - Parameter bytes: How many from the first on stay as they are; those with content do, too.
  public func discard(beyond bytes: Int) {
    let surplus = touched - MemoryBlock.roundedToPages(max(bytes, count))
    guard block.isMapped, surplus > 0 else { return }
    let kept = block.discard(last: surplus, of: touched)
    pool?.shrank(by: touched - kept)
    touched = kept
  }

  /// Forgets bytes at the end.
  func shorten(by bytes: Int) { advance(to: count - bytes) }

  private func advance(to newCount: Int) {
    // The empty buffer is everybody's, so nothing in it may change.
    guard capacity > 0 else { return }
    count = newCount
    guard newCount > touched else { return }
    pool?.grew(by: newCount - touched)
    touched = newCount
  }
}
