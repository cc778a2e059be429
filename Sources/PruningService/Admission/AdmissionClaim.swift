import Locking
import Synchronization
import WorkerPool

/// What one request holds of the service's limits, from its head until its answer is sent.
final class AdmissionClaim: Sendable {
  /// Whose share it counts for.
  let client: ClientKey
  /// When the head was complete.
  let startedAt: UInt64
  private let ledger: AdmissionLedger
  /// Bytes of the body that are here; apart, so that the ledger can look without holding the claim.
  let arrival = Arrival()
  // The count from which on the ledger is told again.
  private let nextNotice = Atomic(AdmissionLimits.exemptBytes)
  private let place = Locked<QueueSlot?>(nil)

  init(_ client: ClientKey, startedAt: UInt64, ledger: AdmissionLedger) {
    self.client = client
    self.startedAt = startedAt
    self.ledger = ledger
  }

  deinit { release() }

  /// Bytes of the body that are here.
  var arrivedBytes: Int { arrival.bytes }

  /// Takes a place in the pool's queue; false when there is none.
  func takePlace(in pool: WorkerPool) -> Bool {
    guard let slot = pool.reserve() else { return false }
    place.withLock { $0 = slot }
    return true
  }

  /// The place, for the job that takes it over; nil if the request was given up.
  func usePlace() -> QueueSlot? { place.withLock { $0.take() } }

  /// Gives the place back, unless a job has it.
  func releasePlace() { usePlace()?.release() }

  /// Notes that so many bytes of the body are here; false if the request was given up.
  ///
  /// The ledger hears of it each time that the count has doubled.
  func bodyHasArrived(_ count: Int) -> Bool {
    arrival.set(count)
    guard count >= nextNotice.load(ordering: .relaxed) else { return true }
    nextNotice.store(count * 2, ordering: .relaxed)
    return ledger.progressed(self, count: count)
  }

  /// Notes that so many bytes less are held than the body has.
  func condenses(by saved: Int) { ledger.shrink(self, by: saved) }

  /// Notes that the body is complete; false if the request was given up.
  func bodyIsComplete(_ count: Int) -> Bool { ledger.completed(self, count: count) }

  /// Takes `added` bytes more beside the body; false when they do not fit.
  func grow(by added: Int) -> Bool { ledger.grow(self, by: added) }

  /// Whether `added` bytes more would fit if nobody else had any.
  func couldGrow(by added: Int) -> Bool { ledger.couldGrow(self, by: added) }

  /// Whether more than half of what all claims together may hold is taken.
  var isRoomScarce: Bool { ledger.total.bytes > ceiling / 2 }

  /// The bytes that all claims together may hold.
  var ceiling: Int { ledger.limits.bytes }

  /// Notes that the work is done: from now on only the answer's bytes are held.
  func hasAnswer(bytes: Int) { ledger.answered(self, bytes: bytes) }

  /// Gives everything back; harmless when repeated.
  func release() {
    ledger.close(self)
    releasePlace()
  }
}

/// How many bytes of a body are here.
final class Arrival: Sendable {
  private let count = Atomic(0)

  var bytes: Int { count.load(ordering: .relaxed) }

  func set(_ bytes: Int) { count.store(bytes, ordering: .relaxed) }
}
