import HTTPEngine
import Locking
import Telemetry
import VectorKernels
import WorkerPool

@testable import PruningService

/// A service without sockets: requests go straight to the responder.
final class RouteHarness: Sendable {
  let parts: ServiceParts
  let records = RecordingSink()

  init(_ configure: (inout ServiceConfiguration) -> Void = { _ in }) throws {
    var configuration = ServiceConfiguration()
    configuration.threads = 2
    configure(&configuration)
    parts = try ServiceParts(configuration, kernels: .best, sink: records)
  }

  deinit { parts.pools.stop() }

  /// Sends a whole request and waits for its answer.
  func send(
    _ method: Method, _ target: String, _ fields: HeaderFields = [:], body: [UInt8] = [],
    cancellation: Cancellation = Cancellation(), connection: ConnectionInfo = .detached
  ) async -> Response {
    let head = RequestHead(
      method: method, target: target, fields: fields,
      contentLength: body.isEmpty ? nil : body.count, connection: connection)
    switch parts.responder.admit(head) {
    case .answer(let response): return written(response)
    case .accept(let maximumBodyBytes, let context):
      guard body.count <= maximumBodyBytes else {
        return parts.responder.refuse(.contentTooLarge(limitBytes: maximumBodyBytes), head: head)
      }
      return await complete(head, body, context, cancellation)
    }
  }

  /// Sends JSON text.
  func post(_ target: String, _ text: String, _ fields: HeaderFields = [:]) async -> Response {
    var fields = fields
    fields.append("Content-Type", "application/json")
    return await send(.post, target, fields, body: Array(text.utf8))
  }

  private func complete(
    _ head: RequestHead, _ body: [UInt8], _ context: (any AnyObject & Sendable)?,
    _ cancellation: Cancellation
  ) async -> Response {
    let buffer = parts.buffers.take(capacity: body.count)
    // The span is used only during the call.
    unsafe buffer.append(body.span.bytes)
    let request = Request(
      head: head, body: buffer, context: context, cancellation: cancellation)
    return await withCheckedContinuation { continuation in
      let reply = Reply { response in
        let response = response ?? Response(status: .internalServerError)
        continuation.resume(returning: written(response))
      }
      parts.responder.respond(to: request, reply: reply)
    }
  }
}

/// Does what the engine does when it writes an answer.
private func written(_ response: Response) -> Response {
  response.whenWritten?(response.status)
  var response = response
  if let identifier = response.identifier {
    response.fields.append("X-Request-Id", identifier.digits.span)
  }
  return response
}

/// Keeps what is logged.
final class RecordingSink: LogSink {
  let minimumLevel = LogLevel.trace
  private let records = Locked<[LogRecord]>([])

  func write(_ record: LogRecord) { records.withLock { $0.append(record) } }

  /// All records so far.
  var all: [LogRecord] { records.withLock { $0 } }
}

extension Response {
  /// The body as text.
  var text: String {
    switch body {
    case .bytes(let bytes): return String(decoding: bytes, as: UTF8.self)
    case .buffer(let buffer):
      return unsafe buffer.bytes.withUnsafeBytes { unsafe String(decoding: $0, as: UTF8.self) }
    case .empty, .stream: return ""
    }
  }

  /// Whether the body is a document of this problem.
  func isProblem(_ type: ProblemType) -> Bool {
    status.rawValue == UInt16(type.status)
      && fields["content-type"] == "application/problem+json"
      && text.contains("\"type\":\"\(type.uri)\"")
      && text.contains("\"request_id\":\"\(fields["x-request-id"] ?? "?")\"")
  }
}
