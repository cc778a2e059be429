import HTTPEngine
import Locking

/// The regions that clients have registered; each client sees only its own.
final class SharedMemory: Sendable {
  /// A region's name among those of its client.
  private struct Key: Hashable, Sendable {
    let client: ClientKey
    let name: String

    init(client: ClientKey, name: String) {
      self.client = client.ofRegions
      self.name = name
    }
  }

  private struct Table {
    var entries: [Key: Entry] = [:]
    /// What ends with each connection, so that closing one need not look at all regions.
    var ofConnections: [UInt64: Set<Key>] = [:]

    mutating func insert(_ entry: Entry, as key: Key) -> Entry? {
      let older = remove(key)
      entries[key] = entry
      if let connection = entry.connection { ofConnections[connection, default: []].insert(key) }
      return older
    }

    mutating func remove(_ key: Key) -> Entry? {
      guard let entry = entries.removeValue(forKey: key) else { return nil }
      if let connection = entry.connection {
        ofConnections[connection]?.remove(key)
        if ofConnections[connection]?.isEmpty == true { ofConnections[connection] = nil }
      }
      return entry
    }

    mutating func removeAll(of connection: UInt64) -> [Entry] {
      (ofConnections[connection] ?? []).compactMap { remove($0) }
    }
  }

  private struct Entry {
    let region: SharedRegion
    /// The connection that it ends with; nil if it stays until it is removed.
    let connection: UInt64?
  }

  /// What may be registered.
  let rules: SharedMemoryRules
  private let ledger: RegionLedger
  private let table = Locked(Table())

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
    let region = try make(RegionClaim(byteCount, for: client.ofRegions, in: ledger))
    let key = Key(client: client, name: name)
    // The older region must not end inside the lock: undoing a mapping takes time.
    let older = table.withLock {
      $0.insert(Entry(region: region, connection: connection), as: key)
    }
    return (region, older != nil)
  }

  /// A client's region of that name.
  func region(_ name: String, of client: ClientKey) -> SharedRegion? {
    let key = Key(client: client, name: name)
    return table.withLock { $0.entries[key]?.region }
  }

  /// A client's regions by name.
  func regions(of client: ClientKey) -> [(name: String, region: SharedRegion)] {
    let owner = client.ofRegions
    return table.withLock { table in
      table.entries.compactMap { key, entry in
        key.client == owner ? (key.name, entry.region) : nil
      }
    }
    .sorted { $0.name < $1.name }
  }

  /// Forgets a client's region; its memory stays as long as requests use it.
  func remove(_ name: String, of client: ClientKey) -> Bool {
    let key = Key(client: client, name: name)
    let removed = table.withLock { $0.remove(key) }
    return removed != nil
  }

  /// Forgets the regions that end with a connection.
  func connectionClosed(_ connection: ConnectionInfo) {
    guard rules.takesMemfds, connection.process != nil else { return }
    let ended = table.withLock { $0.removeAll(of: connection.id) }
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
  /// Whose the objects of clients must be whose own user is not known; nil refuses them.
  let owner: UInt32?
  /// What all clients together may register.
  let limit: RegionLedger.Holding
  /// How much of it one client may have.
  let share: ClientShare
  /// How many bytes one request may refer to.
  let requestBytes: Int
}
