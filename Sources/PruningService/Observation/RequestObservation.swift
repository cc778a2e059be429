import HTTPEngine

/// The way out: gives every answer its common fields, and counts and logs it.
final class RequestObservation: Sendable {
  /// The service's numbers.
  let metrics: ServiceMetrics
  private let log: ServiceLog
  private let tracer: Tracer?
  /// What every answer says, put together and checked once.
  private let commonFields: HeaderFields = ["X-Content-Type-Options": "nosniff"]
  /// The same for answers that say nothing about caches; pages that are kept have it already.
  static let uncachedFields: HeaderFields = [
    "Cache-Control": "no-store", "X-Content-Type-Options": "nosniff",
  ]

  init(metrics: ServiceMetrics, log: ServiceLog, tracer: Tracer? = nil) {
    self.metrics = metrics
    self.log = log
    self.tracer = tracer
  }

  /// Completes an answer made on a loop; counts and logs it when the engine writes it, because that
  /// may write 304 instead, or a refusal of the body that follows.
  ///
  /// - Parameters:
  ///   - response: The answer.
  ///   - exchange: The request.
  ///   - hasCommonFields: Whether it has the fields that all answers have, as a probe's page does:
  ///     that has no validator and no body before it, so it is written as it is, and counted now.
  /// - Returns: The answer, ready to be written.
  func finishWhenWritten(
    _ response: consuming Response, _ exchange: Exchange, hasCommonFields: Bool = false
  ) -> Response {
    if !hasCommonFields { appendCommonFields(&response) }
    complete(
      &response, exchange, fault: nil, whenWritten: !hasCommonFields,
      sharesFields: hasCommonFields)
    return response
  }

  /// Turns a problem into an answer made on a loop, see above.
  func finishWhenWritten(_ problem: ServiceProblem, _ exchange: Exchange) -> Response {
    finish(problem, exchange, whenWritten: true)
  }

  /// Completes an answer.
  func finish(_ response: consuming Response, _ exchange: Exchange) -> Response {
    appendCommonFields(&response)
    complete(&response, exchange, fault: nil)
    return response
  }

  /// Turns a problem into an answer and completes it.
  func finish(_ problem: ServiceProblem, _ exchange: Exchange) -> Response {
    finish(problem, exchange, whenWritten: false)
  }

  private func finish(
    _ problem: ServiceProblem, _ exchange: Exchange, whenWritten: Bool
  ) -> Response {
    let errorID = problem.type.status >= 500 ? RequestID(proposal: nil).text : nil
    let fault = Fault(type: problem.type, id: errorID, detail: problem.detail)
    if problem.type == .deadlineExceeded { metrics.deadlinePassed() }
    var response = Response(problem, requestID: exchange.identity.id, errorID: errorID)
    appendCommonFields(&response)
    complete(&response, exchange, fault: fault, whenWritten: whenWritten)
    return response
  }

  /// Ends a request whose client is gone; the engine drops the answer.
  func abandon(_ exchange: Exchange) -> Response {
    metrics.wasCancelled()
    return finish(Response(status: Self.clientClosedRequest), exchange)
  }

  private func appendCommonFields(_ response: inout Response) {
    let isCached = response.fields.contains("cache-control")
    response.fields.append(isCached ? commonFields : Self.uncachedFields)
  }

  private func complete(
    _ response: inout Response, _ exchange: Exchange, fault: Fault?, whenWritten: Bool = false,
    sharesFields: Bool = false
  ) {
    let duration = MonotonicInstant.now &- exchange.receivedAt
    // Beside fields that are shared, so that they are not copied; behind them where they are its own.
    if sharesFields { response.identifier = exchange.identity.id.field }
    if response.identifier == nil {
      exchange.identity.id.withBytes { response.fields.append("X-Request-Id", $0) }
    }
    if let trace = exchange.identity.trace { response.fields.append("traceparent", trace.text) }
    if let timing = exchange.timing {
      response.fields.append("Server-Timing", timing.fieldValue(totalNanoseconds: duration))
    }
    guard whenWritten else {
      report(exchange, response.status, duration, fault)
      return
    }
    response.whenWritten = { [self] status in report(exchange, status, duration, fault) }
  }

  private func report(
    _ exchange: Exchange, _ status: Status, _ nanoseconds: UInt64, _ fault: Fault?
  ) {
    metrics.answered(exchange, status: status, nanoseconds: nanoseconds)
    if let fault { metrics.failed(fault.type) }
    tracer?.answered(exchange, status: status, nanoseconds: nanoseconds, fault: fault)
    log.answered(exchange, status: status, nanoseconds: nanoseconds, fault: fault)
  }

  /// The status that logs and metrics show where nobody was left to answer (nginx's convention).
  private static let clientClosedRequest = Status(499)
}

/// What went wrong, for the log.
struct Fault: Sendable {
  /// The kind of problem.
  let type: ProblemType
  /// The identifier that the problem document carries too, for faults of the server.
  let id: String?
  /// What happened, for people.
  let detail: String
}

extension Response {
  /// The document of a problem, with the fields that its type calls for.
  init(_ problem: ServiceProblem, requestID: RequestID, errorID: String?) {
    let document = ProblemDetails(problem, requestID: requestID.text, errorID: errorID)
    self.init(
      status: Status(UInt16(problem.type.status)),
      fields: ["Content-Type": ProblemDetails.mediaType], body: .bytes(document.encoded()))
    if let seconds = problem.retryAfterSeconds { fields.append("Retry-After", "\(seconds)") }
    guard problem.type == .unsupportedMediaType else { return }
    if problem == .contentCoding {
      let codings = ContentEncoding.compressing.map(\.token)
      fields.append("Accept-Encoding", codings.joined(separator: ", "))
    } else {
      fields.append("Accept", Negotiation.mediaTypes.joined(separator: ", "))
    }
  }
}
