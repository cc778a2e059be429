import Dispatch
import Locking
import Testing

/// Runs a body on several threads at once; what it throws becomes a failure of the test.
enum ConcurrentRuns {
  static func perform(_ count: Int, _ body: @Sendable (Int) throws -> Void) {
    let faults = Locked<[String]>([])
    DispatchQueue.concurrentPerform(iterations: count) { worker in
      do { try body(worker) } catch {
        faults.withLock { $0.append("worker \(worker): \(error)") }
      }
    }
    #expect(faults.withLock { $0 }.isEmpty)
  }
}

/// What workers were told, in the order of arrival.
final class AnswerLog: Sendable {
  private let answers = Locked<[(Int, Double)]>([])

  func append(_ trial: Int, _ value: Double) {
    answers.withLock { $0.append((trial, value)) }
  }

  var all: [(Int, Double)] { answers.withLock { $0 } }
}
