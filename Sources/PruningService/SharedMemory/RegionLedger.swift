import Locking

/// What regions hold of the service's limits, until the last user of their memory is gone.
final class RegionLedger: Sendable {
  /// What regions hold.
  struct Holding: Sendable, Equatable {
    /// How many there are.
    var regions = 0
    /// Their bytes.
    var bytes = 0
  }

  private struct State {
    var total = Holding()
    var clients: [ClientKey: Holding] = [:]
  }

  private let limit: Holding
  private let share: ClientShare
  private let state = Locked(State())

  /// Makes an empty ledger.
  ///
  /// - Parameters:
  ///   - limit: What all clients together may hold.
  ///   - share: How much of it one client may hold while others may want some.
  init(limit: Holding, share: ClientShare) {
    self.limit = limit
    self.share = share
  }

  /// What all clients hold.
  var total: Holding { state.withLock(\.total) }

  /// Takes one region's place and bytes.
  func take(_ bytes: Int, for client: ClientKey) throws(RegionFault) {
    try state.withLock { (state) throws(RegionFault) in
      let own = state.clients[client] ?? Holding()
      let free = Holding(
        regions: limit.regions - state.total.regions - 1,
        bytes: limit.bytes - state.total.bytes - bytes)
      guard bytes <= limit.bytes else { throw .tooLarge(limitBytes: limit.bytes) }
      guard free.regions >= 0, free.bytes >= 0 else { throw .noRoom }
      // Who holds nothing is judged by the room alone, as in admission.
      let isInShare =
        own.regions == 0
        || share.allows(own.regions + 1, free: free.regions)
          && share.allows(own.bytes + bytes, free: free.bytes)
      guard isInShare else { throw .overShare }
      state.total.regions += 1
      state.total.bytes += bytes
      state.clients[client] = Holding(regions: own.regions + 1, bytes: own.bytes + bytes)
    }
  }

  /// Gives one region's place and bytes back.
  func giveBack(_ bytes: Int, of client: ClientKey) {
    state.withLock { state in
      state.total.regions -= 1
      state.total.bytes -= bytes
      guard let own = state.clients[client] else { return }
      let rest = Holding(regions: own.regions - 1, bytes: own.bytes - bytes)
      state.clients[client] = rest.regions == 0 ? nil : rest
    }
  }
}

/// One region's place and bytes; given back with the last reference.
final class RegionClaim: Sendable {
  private let ledger: RegionLedger
  private let client: ClientKey
  private let bytes: Int

  /// Takes them.
  init(_ bytes: Int, for client: ClientKey, in ledger: RegionLedger) throws(RegionFault) {
    try ledger.take(bytes, for: client)
    self.ledger = ledger
    self.client = client
    self.bytes = bytes
  }

  deinit { ledger.giveBack(bytes, of: client) }
}
