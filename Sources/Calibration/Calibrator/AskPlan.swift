internal import Glibc
internal import Locking
internal import TokenPruning

/// Who wants how many trials for how long.
struct AskRequest {
  let count: Int
  let clientID: String?
  let leaseSeconds: Double

  func lease(at now: Timestamp) -> Trial.Lease {
    Trial.Lease(clientID: clientID, expiresAt: now.advanced(by: leaseSeconds))
  }
}

/// Which of the existing trials a client gets.
struct AskPlan {
  /// The trials to hand out, as they are now.
  let handed: [Trial]
  /// The trials that were handed out too often to be handed out again, as they are now.
  let writtenOff: [Trial]
  /// How many more the client wants.
  let missing: Int
  /// How many trials others hold, or the client beyond what it wants.
  let openElsewhere: Int

  init(_ request: AskRequest, trials: [Trial], now: Timestamp, handOuts: Int) {
    let free = trials.filter { $0.isFree(at: now) && $0.handOuts < handOuts }
    let own = trials.filter {
      $0.isHeld(by: request.clientID) && !($0.isFree(at: now) && $0.handOuts >= handOuts)
    }
    let others = free.filter { !$0.isHeld(by: request.clientID) }
    // What a client gave back comes last: others may have more luck with it.
    let order =
      own + others.filter { !$0.isGivenBack(by: request.clientID) }
      + others.filter { $0.isGivenBack(by: request.clientID) }
    handed = Array(order.prefix(request.count))
    writtenOff = trials.filter { $0.isFree(at: now) && $0.handOuts >= handOuts }
    missing = request.count - handed.count
    let ids = Set(handed.map(\.id))
    openElsewhere =
      trials.count { $0.state == .active && !$0.isFree(at: now) && !ids.contains($0.id) }
  }
}

/// Suggestions that a request has paid for; a lost race costs them only if the winner took some.
struct AskWork {
  private var suggestions: [(point: [Double], strategy: PruningStrategy)] = []

  /// Sees to it that there are as many suggestions as are wanted.
  mutating func provide(
    _ count: Int, taken trials: [Trial],
    _ suggest: (Int) throws(CalibrationError) -> [(point: [Double], strategy: PruningStrategy)]
  ) throws(CalibrationError) {
    guard count > 0 else { return }
    let taken = Set(trials.compactMap(\.point))
    suggestions.removeAll { taken.contains($0.point) }
    if suggestions.count < count { suggestions = try suggest(count) }
  }

  /// New trials, numbered on from `number` and handed out.
  func trials(
    _ count: Int, after number: Int, at now: Timestamp, _ lease: Trial.Lease
  ) -> [Trial] {
    suggestions.prefix(count).enumerated().map { index, suggestion in
      Trial(
        id: TrialID(number: number + 1 + index), strategy: suggestion.strategy,
        origin: .suggested, createdAt: now, state: .requested, reports: 0,
        point: suggestion.point, revision: 1
      ).handed(to: lease, at: now)
    }
  }
}

/// One at a time, in the order of arrival: a second fit beside the first would be thrown away.
final class AskGate: Sendable {
  private struct Queue: Sendable {
    var tickets: [Int] = []
    var next = 0
  }

  private let queue = Locked(Queue())

  /// Waits for its turn; whoever gets a ticket has to leave with it.
  ///
  /// - Throws: ``CalibrationError/Code/interrupted`` when `shouldStop` says so meanwhile.
  func enter(_ shouldStop: () -> Bool) throws(CalibrationError) -> Int {
    let ticket = queue.withLock { queue in
      queue.next += 1
      queue.tickets.append(queue.next)
      return queue.next
    }
    while queue.withLock({ $0.tickets.first != ticket }) {
      guard !shouldStop() else {
        leave(ticket)
        throw CalibrationError(.interrupted, "the work was interrupted")
      }
      // A fit takes tens of milliseconds, and the caller's wish to stop has no wake-up call.
      usleep(2000)
    }
    return ticket
  }

  /// Lets the next one in.
  func leave(_ ticket: Int) {
    queue.withLock { $0.tickets.removeAll { $0 == ticket } }
  }
}
