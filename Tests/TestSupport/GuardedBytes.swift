import Glibc

/// Bytes between two pages that nobody may touch: reading past either end stops the test run.
///
/// Safety: the mapping is this object's own and lives as long as the object.
@safe
public final class GuardedBytes {
  private let mapping: UnsafeMutableRawPointer
  private let mappedByteCount: Int
  private let start: Int
  /// The number of readable bytes.
  public let byteCount: Int

  /// Where the bytes lie between the guards.
  public enum Placement: Sendable, CaseIterable {
    /// The byte behind the last one is guarded.
    case beforeGuard
    /// The byte before the first one is guarded.
    case behindGuard
  }

  /// Copies bytes; nil if the system gives no memory.
  ///
  /// - Parameters:
  ///   - bytes: What to copy.
  ///   - placement: Which end touches its guard.
  public init?(_ bytes: [UInt8], _ placement: Placement = .beforeGuard) {
    let page = Int(getpagesize())
    let inner = max((bytes.count + page - 1) / page, 1) * page
    mappedByteCount = inner + 2 * page
    let flags = MAP_PRIVATE | MAP_ANONYMOUS
    guard
      let mapping = unsafe mmap(nil, mappedByteCount, PROT_NONE, flags, -1, 0),
      unsafe mapping != MAP_FAILED
    else { return nil }
    unsafe self.mapping = unsafe mapping
    byteCount = bytes.count
    start = page + (placement == .beforeGuard ? inner - bytes.count : 0)
    guard unsafe mprotect(mapping + page, inner, PROT_READ | PROT_WRITE) == 0 else { return nil }
    for (offset, byte) in bytes.enumerated() {
      unsafe mapping.storeBytes(of: byte, toByteOffset: start + offset, as: UInt8.self)
    }
  }

  deinit { unsafe munmap(mapping, mappedByteCount) }

  /// The bytes.
  public var bytes: RawSpan {
    @_lifetime(borrow self)
    get {
      // Inside the mapping by construction; the span cannot outlive the borrow of self.
      let span = unsafe RawSpan(_unsafeStart: mapping + start, byteCount: byteCount)
      return unsafe _overrideLifetime(span, borrowing: self)
    }
  }
}
