import HTTPEngine

/// What tells one request from all others, in its answer and in the log.
struct RequestIdentity: Sendable {
  /// The request's own identifier.
  let id: RequestID
  /// The trace that it is part of, if the client says so.
  let trace: TraceContext?
  /// Who sent the request.
  let client: ClientIdentity

  /// Takes what a head says of its request, and who has sent it.
  init(_ reading: HeadReading, client: ClientIdentity) {
    self.client = client
    id = RequestID(proposal: reading.proposedID)
    trace = reading.trace
  }

  /// Reads `X-Request-Id` and `traceparent`; nil is a head that could not be read.
  init(_ fields: HeaderFields?, client: ClientIdentity = .address("")) {
    self.client = client
    id = RequestID(proposal: fields?["x-request-id"])
    trace = fields?["traceparent"].flatMap(TraceContext.init)
  }
}
