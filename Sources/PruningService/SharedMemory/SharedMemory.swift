import HTTPEngine
import Locking

/// The regions that clients have registered; each client sees only its own.
final class SharedMemory: Sendable {
  /// A region's name among those of its client.
  private struct Key: Hashable, Sendable {
    let client: ClientKey
    let name: String
  }

  private struct Entry {
    let region: SharedRegion
    /// The connection that it ends with; nil if it stays until it is removed.
    let connection: UInt64?
  }

  /// What may be registered.
  let rules: SharedMemoryRules
  private let ledger: RegionLedger
  private let entries = Locked<[Key: Entry]>([:])

  /// Makes an empty table.
  init(_ rules: SharedMemoryRules) {
    self.rules = rules
    ledger = RegionLedger(limit: rules.limit, share: rules.share)
  }

  /// What all regions hold, those included that are removed and still in use.
  var total: RegionLedger.Holding { ledger.total }

  /// Registers a region, in place of an older one of the same name.
  ///
  /// - Parameters:
  ///   - name: The region's name among those of the client.
  ///   - client: Whose it will be.
  ///   - connection: The connection that it ends with, if it does.
  ///   - byteCount: What it takes of the limits.
  ///   - make: Makes the region, which keeps the claim.
  /// - Returns: The region, and whether it replaces another.
  /// - Throws: Why there is no such region now; an older one stays then.
  func register(
    _ name: String, for client: ClientKey, connection: UInt64?, byteCount: Int,
    _ make: (RegionClaim) throws(RegionFault) -> SharedRegion
  ) throws(RegionFault) -> (region: SharedRegion, replaced: Bool) {
    let region = try make(RegionClaim(byteCount, for: client, in: ledger))
    let key = Key(client: client, name: name)
    // The older region must not end inside the lock: undoing a mapping takes time.
    let older = entries.withLock {
      $0.updateValue(Entry(region: region, connection: connection), forKey: key)
    }
    return (region, older != nil)
  }

  /// A client's region of that name.
  func region(_ name: String, of client: ClientKey) -> SharedRegion? {
    entries.withLock { $0[Key(client: client, name: name)]?.region }
  }

  /// A client's regions by name.
  func regions(of client: ClientKey) -> [(name: String, region: SharedRegion)] {
    entries.withLock { entries in
      entries.compactMap { key, entry in
        key.client == client ? (key.name, entry.region) : nil
      }
    }
    .sorted { $0.name < $1.name }
  }

  /// Forgets a client's region; its memory stays as long as requests use it.
  func remove(_ name: String, of client: ClientKey) -> Bool {
    let removed = entries.withLock {
      $0.removeValue(forKey: Key(client: client, name: name))
    }
    return removed != nil
  }

  /// Forgets the regions that end with a connection.
  func connectionClosed(_ connection: ConnectionInfo) {
    guard rules.takesMemfds, connection.process != nil else { return }
    let ended = entries.withLock { entries in
      let ended = entries.filter { $0.value.connection == connection.id }
      for key in ended.keys { entries[key] = nil }
      return ended
    }
    // They may end only here, outside the lock.
    withExtendedLifetime(ended) {}
  }
}

/// What clients may register.
struct SharedMemoryRules: Sendable {
  /// How the names of POSIX objects begin, without the slash; nil if there may be none.
  let prefix: String?
  /// Whether memfds may be passed.
  let takesMemfds: Bool
  /// Whose the objects of clients must be that do not come over a Unix-domain socket.
  let owner: UInt32
  /// What all clients together may register.
  let limit: RegionLedger.Holding
  /// How much of it one client may have.
  let share: ClientShare
  /// How many bytes one request may refer to.
  let requestBytes: Int
}
