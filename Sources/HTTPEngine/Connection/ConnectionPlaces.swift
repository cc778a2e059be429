internal import Synchronization

/// How many connections all loops of a server may still hold.
final class ConnectionPlaces: Sendable {
  private let free: Atomic<Int>
  private let lastID = Atomic<UInt64>(0)

  init(_ count: Int) { free = Atomic(count) }

  /// Takes a place; false when there is none.
  func take() -> Bool {
    if free.subtract(1, ordering: .relaxed).newValue >= 0 { return true }
    free.add(1, ordering: .relaxed)
    return false
  }

  /// A number that no other connection of the server has.
  func nextID() -> UInt64 { lastID.add(1, ordering: .relaxed).newValue }

  /// Gives a place back.
  func giveBack() { free.add(1, ordering: .relaxed) }
}
