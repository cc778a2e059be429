import HTTPEngine
import Telemetry

/// The way out: gives every answer its common fields, and counts and logs it.
final class RequestObservation: Sendable {
  /// The service's numbers.
  let metrics: ServiceMetrics
  private let log: ServiceLog

  init(metrics: ServiceMetrics, log: ServiceLog) {
    self.metrics = metrics
    self.log = log
  }

  /// Completes an answer.
  func finish(_ response: consuming Response, _ exchange: Exchange) -> Response {
    finish(response, exchange, fault: nil)
  }

  /// Turns a problem into an answer and completes it.
  func finish(_ problem: ServiceProblem, _ exchange: Exchange) -> Response {
    let errorID = problem.type.status >= 500 ? RequestID(proposal: nil).text : nil
    let document = ProblemDocument(problem, requestID: exchange.id.text, errorID: errorID)
    var response = Response(
      status: Status(UInt16(problem.type.status)),
      fields: ["Content-Type": ProblemDocument.mediaType], body: .bytes(document.json))
    if let seconds = problem.retryAfterSeconds {
      response.fields.append("Retry-After", "\(seconds)")
    }
    return finish(response, exchange, fault: Fault(type: problem.type, id: errorID, detail: problem.detail))
  }

  private func finish(
    _ response: consuming Response, _ exchange: Exchange, fault: Fault?
  ) -> Response {
    let now = MonotonicInstant.now
    let duration = now &- exchange.receivedAt
    response.fields.append("X-Request-Id", exchange.id.text)
    response.fields.append("Cache-Control", "no-store")
    response.fields.append("X-Content-Type-Options", "nosniff")
    if let timing = exchange.timing {
      response.fields.append("Server-Timing", timing.fieldValue(totalNanoseconds: duration))
    }
    metrics.completed(exchange, status: response.status, nanoseconds: duration)
    log.access(exchange, status: response.status, nanoseconds: duration, fault: fault)
    return response
  }
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
