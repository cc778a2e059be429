/// A complete request.
public struct Request: Sendable {
  /// Everything before the body.
  public let head: RequestHead
  /// The body; empty when there is none.
  public let body: BodyBuffer
  /// The fields after a chunked body; those that come too late there are refused.
  public let trailers: HeaderFields
  /// What ``Responder/admit(_:)`` attached.
  public let context: (any AnyObject & Sendable)?
  /// Descriptors that the client has passed with the request's bytes, in their order.
  public let descriptors: [PassedDescriptor]
  /// Whether more were passed, for which the server had no room: they are closed.
  public let lacksDescriptors: Bool
  /// Tells whether the client is still there.
  public let cancellation: Cancellation
  /// When the head was complete, in nanoseconds of `CLOCK_MONOTONIC`.
  public let receivedAt: UInt64

  /// Puts a request together.
  ///
  /// - Parameters:
  ///   - head: Everything before the body.
  ///   - body: The body.
  ///   - trailers: The fields after the body.
  ///   - context: What admission attached.
  ///   - descriptors: What the client has passed.
  ///   - lacksDescriptors: Whether it has passed more than could be kept.
  ///   - cancellation: Tells whether the client is still there.
  ///   - receivedAt: Nanoseconds of `CLOCK_MONOTONIC`; now if nil.
  public init(
    head: RequestHead, body: BodyBuffer = .empty, trailers: HeaderFields = [:],
    context: (any AnyObject & Sendable)? = nil, descriptors: [PassedDescriptor] = [],
    lacksDescriptors: Bool = false,
    cancellation: Cancellation = Cancellation(), receivedAt: UInt64? = nil
  ) {
    self.head = head
    self.body = body
    self.trailers = trailers
    self.context = context
    self.descriptors = descriptors
    self.lacksDescriptors = lacksDescriptors
    self.cancellation = cancellation
    self.receivedAt = receivedAt ?? MonotonicClock.now
  }
}
