/// The keys of session tickets, pure: time and randomness come in.
///
/// A key seals tickets for one lifetime and opens them for another; then it is forgotten, so that
/// who steals the process's memory later cannot read older traffic (RFC 5077 §5.5, RFC 8446 §8).
struct TicketKeyring {
  /// One key.
  struct Key: Equatable {
    let name: [UInt8]
    let encryption: [UInt8]
    let authentication: [UInt8]
    let madeAt: UInt64
  }

  private let lifetime: UInt64
  private var keys: [Key] = []

  /// A ring whose keys live that many nanoseconds.
  init(lifetime: UInt64) { self.lifetime = max(1, lifetime) }

  /// The key that seals new tickets now; made when the last one is too old.
  mutating func sealingKey(
    now: UInt64, using generator: inout some RandomNumberGenerator
  ) -> Key {
    forget(now)
    if let newest = keys.last, now - newest.madeAt < lifetime { return newest }
    let key = Key(
      name: Self.bytes(16, &generator), encryption: Self.bytes(32, &generator),
      authentication: Self.bytes(32, &generator), madeAt: now)
    keys.append(key)
    return key
  }

  /// The key of a ticket, and whether the client should get a newer ticket; nil if it is forgotten.
  mutating func openingKey(named name: [UInt8], now: UInt64) -> (key: Key, isOld: Bool)? {
    forget(now)
    guard let key = keys.first(where: { $0.name == name }) else { return nil }
    return (key, now - key.madeAt >= lifetime)
  }

  private mutating func forget(_ now: UInt64) {
    keys.removeAll { now - $0.madeAt >= 2 &* lifetime }
  }

  private static func bytes(
    _ count: Int, _ generator: inout some RandomNumberGenerator
  ) -> [UInt8] {
    (0..<count).map { _ in UInt8.random(in: .min ... .max, using: &generator) }
  }
}
