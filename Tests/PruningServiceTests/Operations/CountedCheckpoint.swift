import Locking
import PruningService

/// A checkpoint that counts how often it is looked at, and throws from a certain look on.
final class CountedCheckpoint: Sendable {
  private let count = Locked(0)
  private let failingFrom: Int

  init(failingFrom: Int = .max) { self.failingFrom = failingFrom }

  var looks: Int { count.withLock { $0 } }

  var checkpoint: Checkpoint {
    Checkpoint { () throws(ServiceProblem) in
      let look = self.count.withLock { count in
        count += 1
        return count
      }
      if look >= self.failingFrom { throw ServiceProblem(.deadlineExceeded, detail: "late") }
    }
  }
}
