internal import Synchronization

/// One waiting place in a pool's queue, taken when a request is admitted.
///
/// The place is given back when the job that used it starts, when `release` is called, or when the
/// last reference goes, whichever is first.
public final class QueueSlot: Sendable {
  let core: PoolCore
  private let isOpen = Atomic(true)

  init(core: PoolCore) { self.core = core }

  deinit { release() }

  /// Gives the place back unless a job has taken it over; harmless when repeated.
  public func release() {
    if close() { core.releaseReservation() }
  }

  /// Ends the slot's claim; true for the one caller that ended it.
  func close() -> Bool { isOpen.exchange(false, ordering: .acquiringAndReleasing) }
}
