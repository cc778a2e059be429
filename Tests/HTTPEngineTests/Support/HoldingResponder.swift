import HTTPEngine
import Locking

/// Keeps replies until the test answers them, as a worker pool would.
final class HoldingResponder: Responder {
  private struct Held: ~Copyable {
    let request: Request
    let reply: Reply
  }

  /// A class, because an array cannot hold what cannot be copied.
  private final class Box: Sendable {
    private let held: Locked<Held?>

    init(_ held: consuming Held) { self.held = Locked(held) }

    func take() -> Held? { held.withLock { $0.take() } }
  }

  private let boxes = Locked<[Box]>([])
  private let paths = Locked<[(String, Cancellation)]>([])
  private let count = Locked(0)

  func admit(_ head: borrowing RequestHead) -> Admission { .accept(maximumBodyBytes: 1 << 20) }

  func respond(to request: consuming Request, reply: consuming Reply) {
    let seen = (request.head.path, request.cancellation)
    let box = Box(Held(request: request, reply: reply))
    boxes.withLock { $0.append(box) }
    paths.withLock { $0.append(seen) }
    count.withLock { $0 += 1 }
  }

  /// How many requests have come, those that were forgotten included.
  var taken: Int { count.withLock { $0 } }

  /// Lets go of what `requests` tells.
  func forgetSeen() { paths.withLock { $0 = [] } }

  /// The requests that have come so far.
  var requests: [(path: String, cancellation: Cancellation)] {
    paths.withLock { $0.map { (path: $0.0, cancellation: $0.1) } }
  }

  /// Answers the oldest request that is held, from the calling thread.
  func answer(_ text: String) {
    let box = boxes.withLock { $0.isEmpty ? nil : $0.removeFirst() }
    guard let held = box?.take() else { return }
    held.reply.send(Response(body: .bytes(Array(text.utf8))))
  }

  /// Lets the oldest reply go without sending it.
  func drop() { _ = boxes.withLock { $0.isEmpty ? nil : $0.removeFirst() } }
}
