internal import CLinux
internal import Glibc
internal import Locking
internal import Synchronization

/// The only way into a loop from outside: messages and a descriptor that wakes it.
///
/// Safety: `inline` is touched on the loop's thread alone, which `isOnLoopThread` makes sure of.
@safe
final class LoopInbox: ReplySink {
  /// What can be said to a loop.
  enum Message: Sendable {
    case reply(Response?, to: ReplyTarget)
    case drain(DrainLatch)
    case stop
  }

  /// The answer to the request that the loop's thread is handing out right now.
  private enum Inline {
    case closed
    case open(ReplyTarget)
    case answered(Response?)
  }

  private let messages = Locked<[Message]>([])
  private let thread = Atomic<UInt>(0)
  /// Written to for the first of several messages and never read, so that taking them costs no call.
  let descriptor: Int32
  /// How to watch it.
  static let interest: Epoll.Readiness = [.input, .edge]
  nonisolated(unsafe) private var inline = Inline.closed

  init() throws(HTTPEngineError) {
    let result = clinux_eventfd()
    guard result >= 0 else { throw HTTPEngineError(.outOfResources, errno: -result) }
    descriptor = result
  }

  deinit { _ = clinux_close(descriptor) }

  /// Called once by the thread that runs the loop.
  func adoptThread() { thread.store(UInt(pthread_self()), ordering: .relaxed) }

  private var isOnLoopThread: Bool {
    thread.load(ordering: .relaxed) == UInt(pthread_self())
  }

  func deliver(_ response: consuming Response?, to target: ReplyTarget) {
    if isOnLoopThread, case .open(target) = unsafe inline {
      unsafe inline = .answered(response)
      return
    }
    post(.reply(response, to: target))
  }

  /// From now until `endInline`, an answer to `target` on this thread is kept at hand.
  func beginInline(_ target: ReplyTarget) { unsafe inline = .open(target) }

  /// The answer that has come meanwhile: nil when none has, `.some(nil)` when it was dropped.
  func endInline() -> Response?? {
    var last = Inline.closed
    unsafe swap(&last, &inline)
    guard case .answered(let response) = last else { return nil }
    return .some(response)
  }

  /// Puts a message in and wakes the loop if it may be asleep.
  func post(_ message: Message) {
    let wasEmpty = messages.withLock { messages in
      messages.append(message)
      return messages.count == 1
    }
    if wasEmpty { _ = clinux_eventfd_signal(descriptor) }
  }

  /// Takes all messages out.
  func take() -> [Message] {
    messages.withLock { messages in
      let taken = messages
      messages.removeAll()
      return taken
    }
  }
}
