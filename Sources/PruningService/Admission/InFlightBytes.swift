import Synchronization

/// The ceiling for body bytes of all admitted requests together.
final class InFlightBytes: Sendable {
  /// The ceiling.
  let limit: Int
  private let reserved = Atomic<Int>(0)

  init(limit: Int) { self.limit = limit }

  /// Bytes reserved now.
  var current: Int { reserved.load(ordering: .relaxed) }

  /// Takes `count` bytes until the reservation is gone; nil when they do not fit.
  func reserve(_ count: Int) -> ByteReservation? {
    take(count) ? ByteReservation(count, of: self) : nil
  }

  fileprivate func take(_ count: Int) -> Bool {
    var seen = reserved.load(ordering: .relaxed)
    while count <= limit - seen {
      let (taken, actual) = reserved.weakCompareExchange(
        expected: seen, desired: seen + count, ordering: .acquiringAndReleasing)
      if taken { return true }
      seen = actual
    }
    return false
  }

  fileprivate func release(_ count: Int) { reserved.subtract(count, ordering: .releasing) }
}

/// A share of the ceiling; gives itself back when released, or when nobody holds it any more.
final class ByteReservation: Sendable {
  private let count: Atomic<Int>
  private let owner: InFlightBytes

  fileprivate init(_ count: Int, of owner: InFlightBytes) {
    self.count = Atomic(count)
    self.owner = owner
  }

  deinit { release() }

  /// Takes `added` bytes more for as long as the share is held; false when they do not fit.
  func grow(by added: Int) -> Bool {
    guard owner.take(added) else { return false }
    count.add(added, ordering: .relaxed)
    return true
  }

  /// Whether `added` bytes more would fit if nobody else had any.
  func couldGrow(by added: Int) -> Bool {
    added <= owner.limit - count.load(ordering: .relaxed)
  }

  /// The ceiling that the share is a part of.
  var ceiling: Int { owner.limit }

  /// Gives the share back; harmless when repeated.
  func release() { owner.release(count.exchange(0, ordering: .relaxed)) }
}
