/// The right to answer one request, once; dropped unsent, the request is answered with 500.
public struct Reply: ~Copyable, Sendable {
  private var sink: (any ReplySink)?
  private let target: ReplyTarget

  init(sink: any ReplySink, target: ReplyTarget) {
    self.sink = sink
    self.target = target
  }

  /// Makes a reply that calls `handler` once, with nil if it is dropped unsent.
  public init(handler: @escaping @Sendable (Response?) -> Void) {
    self.init(sink: ClosureSink(handler: handler), target: ReplyTarget())
  }

  /// Sends the answer, from any thread.
  public consuming func send(_ response: consuming Response) {
    sink.take()?.deliver(response, to: target)
  }

  deinit { sink?.deliver(nil, to: target) }
}

/// The request that a reply belongs to: a connection, and an exchange on it.
struct ReplyTarget: Sendable, Equatable {
  var token = EventToken(generation: 0, slot: 0)
  var exchange: UInt32 = 0
}

/// Takes replies to where their connections live.
protocol ReplySink: AnyObject, Sendable {
  /// Accepts the answer; nil when the reply was dropped unsent.
  func deliver(_ response: consuming Response?, to target: ReplyTarget)
}

private final class ClosureSink: ReplySink {
  private let handler: @Sendable (Response?) -> Void

  init(handler: @escaping @Sendable (Response?) -> Void) { self.handler = handler }

  func deliver(_ response: consuming Response?, to target: ReplyTarget) { handler(response) }
}
