/// Which connections of a loop may be in the middle of a TLS handshake; the others wait in line.
///
/// Unfinished handshakes cost memory and a signature each, so a flood of them has a bound. Waiting
/// costs nothing: what such a client has sent stays in its socket.
struct HandshakePlaces {
  private var free: Int
  /// Who has a place, the longest holder first.
  private(set) var holders: [EventToken] = []
  private var line: [EventToken] = []
  private var served = 0

  /// Whether somebody may be waiting.
  var hasLine: Bool { served < line.count }

  init(_ count: Int) { free = max(1, count) }

  /// Takes a place; without one, the connection gets in line.
  mutating func take(_ token: EventToken) -> Bool {
    guard free == 0 else {
      free -= 1
      holders.append(token)
      return true
    }
    line.append(token)
    return false
  }

  /// Gives a place back.
  mutating func giveBack(_ token: EventToken) {
    free += 1
    // Few hold one; a thousand are looked through in no time beside a handshake.
    if let index = holders.firstIndex(of: token) { holders.remove(at: index) }
  }

  /// The next in line takes a free place; it may have left, then the place must be given back.
  mutating func next() -> EventToken? {
    guard free > 0, served < line.count else { return nil }
    free -= 1
    defer {
      served += 1
      if served == line.count || served >= 1024 {
        line.removeFirst(served)
        served = 0
      }
    }
    holders.append(line[served])
    return line[served]
  }
}
