internal import Locking

/// How many passed descriptors all loops of a server may still hold.
///
/// They come before anybody has shown a key, so one user of the machine gets a quarter at most.
final class PassedPlaces: Sendable {
  private struct State {
    var taken = 0
    var users: [UInt32: Int] = [:]
  }

  private let count: Int
  private let share: Int
  private let state = Locked(State())

  init(_ count: Int) {
    self.count = count
    share = max(PassedDescriptors.most, count / 4)
  }

  /// Takes a place for a user; false when there is none.
  func take(for user: UInt32) -> Bool {
    state.withLock { state in
      let own = state.users[user] ?? 0
      guard state.taken < count, own < share else { return false }
      state.taken += 1
      state.users[user] = own + 1
      return true
    }
  }

  /// Gives a user's place back.
  func giveBack(of user: UInt32) {
    state.withLock { state in
      state.taken -= 1
      let rest = (state.users[user] ?? 1) - 1
      state.users[user] = rest == 0 ? nil : rest
    }
  }
}

/// One place; whoever has it gives it back once.
struct PassedPlace: Sendable {
  private let places: PassedPlaces
  private let user: UInt32

  /// Takes a place; nil when there is none.
  init?(in places: PassedPlaces, for user: UInt32) {
    guard places.take(for: user) else { return nil }
    self.places = places
    self.user = user
  }

  func giveBack() { places.giveBack(of: user) }
}
