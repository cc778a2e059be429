import Locking

/// The book of what each admitted request holds; every entry is made and erased under one lock.
final class AdmissionLedger: Sendable {
  /// Why a request gets nothing.
  struct Shortage: Error, Sendable, Equatable {
    /// What is limited.
    enum Supply: Sendable, Equatable {
      case places
      case bytes
      case awaited
    }

    /// What there is too little of.
    let supply: Supply
    /// Whether it is the client's share that is used up, rather than everything.
    let isOfShare: Bool
    /// How much of it has to be given back first.
    let missing: Int
  }

  /// The bounds.
  let limits: AdmissionLimits
  private let state: Locked<State>

  init(limits: AdmissionLimits) {
    self.limits = limits
    state = Locked(State(limits: limits))
  }

  /// All entries together.
  var total: Holding { state.withLock { $0.total } }

  /// Clients with at least one entry.
  var clients: Int { state.withLock { $0.clients } }

  /// Bodies given up so that others could come in.
  var evictions: UInt64 { state.withLock { $0.evictions } }

  /// What one client holds.
  func holding(of client: ClientKey) -> Holding { state.withLock { $0.holding(of: client) } }

  /// Makes an entry for a request whose head has come.
  ///
  /// - Parameters:
  ///   - client: Whose share it counts for.
  ///   - bytes: The length of the body, or the most that it may be.
  ///   - now: Nanoseconds of ``MonotonicInstant``.
  ///   - places: How many requests may wait or run, if fewer than fit.
  /// - Returns: The entry, which erases itself when nobody holds it any more.
  /// - Throws: What there is too little of.
  func open(
    _ client: ClientKey, bytes: Int, at now: UInt64, places: QueueBound.Places = .all
  ) throws(Shortage) -> AdmissionClaim {
    let holding = Holding(
      requests: 1, bytes: bytes, awaited: max(bytes - AdmissionLimits.exemptBytes, 0))
    let claim = AdmissionClaim(client, startedAt: now, ledger: self)
    let shortage = state.withLock { state in
      let shortage =
        state.shortage(client, holding) ?? state.shortage(client, of: places, at: now)
      if shortage == nil { state.enter(claim, holding) }
      return shortage
    }
    if let shortage { throw shortage }
    return claim
  }

  /// Gives up bodies that have fallen behind, the slowest first, until a shortage is over.
  ///
  /// - Parameters:
  ///   - shortage: What there is too little of.
  ///   - client: Who wants it.
  ///   - now: Nanoseconds of ``MonotonicInstant``.
  /// - Returns: Whether the shortage is over; if not, nothing was given up.
  func makeRoom(for shortage: Shortage, of client: ClientKey, at now: UInt64) -> Bool {
    // Kept beyond the lock, which the end of a claim takes.
    let incoming = state.withLock(\.incomingClaims)
    let laggards = limits.laggards(among: incoming, at: now)
    let evicted = state.withLock { $0.evict(laggards, for: shortage, of: client) }
    for claim in evicted { claim.releasePlace() }
    return !evicted.isEmpty
  }

  /// Notes that some of a body is here; false if it was given up.
  func progressed(_ claim: AdmissionClaim, count: Int) -> Bool {
    state.withLock { state in
      guard var holding = state.entry(claim) else { return false }
      holding.awaited = max(holding.bytes - max(count, AdmissionLimits.exemptBytes), 0)
      state.change(claim, holding)
      return true
    }
  }

  /// Notes that a body is complete; false if it was given up.
  func completed(_ claim: AdmissionClaim, count: Int) -> Bool {
    state.withLock { state in
      guard state.entry(claim) != nil else { return false }
      state.change(claim, Holding(requests: 1, bytes: count, awaited: 0))
      state.arrived(claim)
      return true
    }
  }

  /// Takes more bytes than a body was to have; false when they do not fit.
  func grow(_ claim: AdmissionClaim, by added: Int) -> Bool {
    state.withLock { state in
      guard var holding = state.entry(claim), added <= limits.bytes - state.total.bytes else {
        return false
      }
      holding.bytes += added
      state.change(claim, holding)
      return true
    }
  }

  /// Gives back bytes that a body will never hold.
  func shrink(_ claim: AdmissionClaim, by saved: Int) {
    state.withLock { state in
      guard var holding = state.entry(claim) else { return }
      holding.bytes = max(holding.bytes - saved, 0)
      holding.awaited = min(holding.awaited, holding.bytes)
      state.change(claim, holding)
    }
  }

  /// Whether more bytes would fit if nobody else had any.
  func couldGrow(_ claim: AdmissionClaim, by added: Int) -> Bool {
    added <= limits.bytes - (state.withLock { $0.entry(claim) }?.bytes ?? 0)
  }

  /// Notes that a request is done, and how many bytes of its answer stay until they are sent.
  func answered(_ claim: AdmissionClaim, bytes: Int) {
    state.withLock { state in
      guard state.entry(claim) != nil else { return }
      state.change(claim, Holding(requests: 0, bytes: bytes, awaited: 0))
      state.arrived(claim)
    }
  }

  /// Erases an entry; harmless when repeated.
  func close(_ claim: AdmissionClaim) { state.withLock { $0.erase(claim) } }
}

/// What is held of each limited thing.
struct Holding: Sendable, Equatable {
  var requests = 0
  var bytes = 0
  var awaited = 0

  static func += (left: inout Self, right: Self) {
    left.requests += right.requests
    left.bytes += right.bytes
    left.awaited += right.awaited
  }

  static func -= (left: inout Self, right: Self) {
    left.requests -= right.requests
    left.bytes -= right.bytes
    left.awaited -= right.awaited
  }
}
