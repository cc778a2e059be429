extension AdmissionLedger {
  /// Sums and entries, only ever touched under the ledger's lock.
  struct State: Sendable {
    private let limits: AdmissionLimits
    private(set) var total = Holding()
    private(set) var evictions: UInt64 = 0
    private var shares: [ClientKey: Holding] = [:]
    private var entries: [ObjectIdentifier: Holding] = [:]
    // Not owned: a claim erases itself before it goes.
    private var incoming: [ObjectIdentifier: Incoming] = [:]

    private struct Incoming: Sendable {
      let client: ClientKey
      let startedAt: UInt64
      let arrival: Arrival
      weak var claim: AdmissionClaim?
    }

    init(limits: AdmissionLimits) { self.limits = limits }

    var clients: Int { shares.count }

    func holding(of client: ClientKey) -> Holding { shares[client] ?? Holding() }

    /// Claims whose bodies are on their way.
    ///
    /// The caller must keep them until the lock is free: the end of a claim takes it.
    var incomingClaims: [AdmissionClaim] { incoming.values.compactMap(\.claim) }

    /// Requests whose bodies will not want a worker before the queue that they found is worked off,
    /// or nobody knows when: those of one client, and all.
    func late(
      _ places: QueueBound.Places, of client: ClientKey, at now: UInt64
    ) -> (own: Int, all: Int) {
      let start = now - min(now, places.horizon)
      var (own, all) = (0, 0)
      for body in incoming.values where body.startedAt < start || isSilent(body, at: now) {
        all += 1
        if body.client == client { own += 1 }
      }
      return (own, all)
    }

    private func isSilent(_ body: Incoming, at now: UInt64) -> Bool {
      let pause = AdmissionLimits.pause
      let count = body.arrival.bytes
      return limits.laggardAt(start: body.startedAt, count: count, patience: pause) < now
    }

    func isIncoming(_ claim: AdmissionClaim) -> Bool { incoming[ObjectIdentifier(claim)] != nil }

    func entry(_ claim: AdmissionClaim) -> Holding? { entries[ObjectIdentifier(claim)] }

    mutating func enter(_ claim: AdmissionClaim, _ holding: Holding) {
      let id = ObjectIdentifier(claim)
      entries[id] = Holding()
      if holding.bytes > 0 {
        incoming[id] = Incoming(
          client: claim.client, startedAt: claim.startedAt, arrival: claim.arrival, claim: claim)
      }
      change(claim, holding)
    }

    mutating func change(_ claim: AdmissionClaim, _ new: Holding) {
      let id = ObjectIdentifier(claim)
      guard let old = entries.updateValue(new, forKey: id) else { return }
      total -= old
      total += new
      var share = holding(of: claim.client)
      share -= old
      share += new
      shares[claim.client] = share == Holding() ? nil : share
    }

    /// The body is not on its way any more.
    mutating func arrived(_ claim: AdmissionClaim) { incoming[ObjectIdentifier(claim)] = nil }

    mutating func erase(_ claim: AdmissionClaim) {
      guard entry(claim) != nil else { return }
      change(claim, Holding())
      entries[ObjectIdentifier(claim)] = nil
      arrived(claim)
    }
  }
}

extension AdmissionLedger.State {
  /// What keeps a client from holding that much more; nil if nothing does.
  ///
  /// A client that holds nothing is judged by the room alone, so that whatever fits at all fits.
  func shortage(_ client: ClientKey, _ wanted: Holding) -> AdmissionLedger.Shortage? {
    let own = holding(of: client)
    let places = limits.requests - total.requests
    guard places > 0 else { return .init(supply: .places, isOfShare: false, missing: 1) }
    guard own.requests == 0 || limits.share.allows(own.requests + 1, free: places) else {
      return .init(supply: .places, isOfShare: true, missing: 1)
    }
    return shortage(of: .bytes, \.bytes, limits.bytes, own, wanted)
      ?? shortage(of: .awaited, \.awaited, limits.awaitedBytes, own, wanted)
  }

  /// Whether one more of a client's requests would have to wait too long.
  func shortage(
    _ client: ClientKey, of places: QueueBound.Places, at now: UInt64
  ) -> AdmissionLedger.Shortage? {
    guard total.requests >= places.requests || isOverShare(client, places.requests) else {
      return nil
    }
    // Bodies are counted only now, because most of the time there is room.
    let late = late(places, of: client, at: now)
    let free = places.requests - (total.requests - late.all)
    guard free > 0 else { return .init(supply: .places, isOfShare: false, missing: 1) }
    let own = holding(of: client).requests - late.own
    guard own <= 0 || limits.share.allows(own + 1, free: free) else {
      return .init(supply: .places, isOfShare: true, missing: 1)
    }
    return nil
  }

  private func isOverShare(_ client: ClientKey, _ places: Int) -> Bool {
    let own = holding(of: client).requests
    return own > 0 && !limits.share.allows(own + 1, free: places - total.requests)
  }

  private func shortage(
    of supply: AdmissionLedger.Shortage.Supply, _ kind: KeyPath<Holding, Int>, _ limit: Int,
    _ own: Holding, _ wanted: Holding
  ) -> AdmissionLedger.Shortage? {
    let (held, taken, more) = (own[keyPath: kind], total[keyPath: kind], wanted[keyPath: kind])
    guard more > 0 else { return nil }
    let free = limit - taken
    guard more <= free else {
      return .init(supply: supply, isOfShare: false, missing: more - free)
    }
    guard held > 0, !limits.share.allows(held + more, free: free - more) else { return nil }
    let most = limits.share.most(of: limit, others: taken - held)
    return .init(supply: supply, isOfShare: true, missing: max(held + more - most, 1))
  }

  /// Erases entries of bodies that are behind, if those are enough to end a shortage.
  ///
  /// - Parameters:
  ///   - laggards: The claims to choose from, in that order.
  ///   - shortage: What there is too little of.
  ///   - client: Who wants it; a share is relieved by the client's own claims only.
  /// - Returns: The claims whose entries are gone.
  mutating func evict(
    _ laggards: [AdmissionClaim], for shortage: AdmissionLedger.Shortage, of client: ClientKey
  ) -> [AdmissionClaim] {
    var evicted: [AdmissionClaim] = []
    var gained = Holding()
    for claim in laggards where !shortage.isOfShare || claim.client == client {
      // One that has arrived in the meantime is no laggard any more.
      guard let entry = entry(claim), isIncoming(claim) else { continue }
      evicted.append(claim)
      gained += entry
      guard gained.amount(of: shortage.supply) >= shortage.missing else { continue }
      for claim in evicted { erase(claim) }
      evictions += UInt64(evicted.count)
      return evicted
    }
    return []
  }
}

extension Holding {
  fileprivate func amount(of supply: AdmissionLedger.Shortage.Supply) -> Int {
    switch supply {
    case .places: requests
    case .bytes: bytes
    case .awaited: awaited
    }
  }
}
