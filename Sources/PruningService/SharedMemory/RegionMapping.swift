internal import CLinux
internal import HTTPEngine

/// Pages of a client's memory, mapped until the last reference is gone.
///
/// Safety: the pages were mapped for this object, and it alone undoes that, in `deinit`.
@safe
final class RegionMapping: @unchecked Sendable {
  // @unchecked Sendable: an address that never changes; the content is its users' affair.
  let base: UnsafeMutableRawPointer
  let count: Int
  private let claim: RegionClaim

  /// Takes over pages, and what they hold of the limits.
  init(base: UnsafeMutableRawPointer, count: Int, claim: RegionClaim) {
    unsafe self.base = base
    self.count = count
    self.claim = claim
  }

  deinit {
    guard count > Self.unmappedAtOnce else {
      unsafe clinux_unmap(base, count)
      return
    }
    let pages = unsafe Pages(base: base, count: count, claim: claim)
    Self.closer.run { withExtendedLifetime(pages) {} }
  }

  private static let closer = Closer(name: "unmap", most: 1)

  /// Undoing more takes longer than a loop, which may hold the last reference, has to spare.
  private static let unmappedAtOnce = 4 << 20
}

/// Pages on their way out.
///
/// Safety: owned by one thread after the other.
@safe
private final class Pages: @unchecked Sendable {
  // @unchecked Sendable: see above.
  private let base: UnsafeMutableRawPointer
  private let count: Int
  private let claim: RegionClaim

  init(base: UnsafeMutableRawPointer, count: Int, claim: RegionClaim) {
    unsafe self.base = base
    self.count = count
    self.claim = claim
  }

  deinit { unsafe clinux_unmap(base, count) }
}
