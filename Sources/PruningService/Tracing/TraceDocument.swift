/// Spans as an OTLP/HTTP request in JSON (opentelemetry-proto 1.x, `ExportTraceServiceRequest`).
struct TraceDocument {
  private let spans: [RequestSpan]

  init(_ spans: [RequestSpan]) { self.spans = spans }

  /// The document's bytes.
  var encoded: [UInt8] {
    do throws(ServiceProblem) { return try AnswerEncoder.json(body) } catch {
      // Only rows of tokens can fail to be written, and spans have none.
      return Array("{}".utf8)
    }
  }

  private var body: AnswerObject {
    let scope = AnswerObject([
      ("name", .string("vflowopt")), ("version", .string(ServiceVersion.current)),
    ])
    let resource = AnswerObject([
      (
        "attributes",
        .list([
          Self.attribute("service.name", "vflowopt"),
          Self.attribute("service.version", ServiceVersion.current),
        ])
      )
    ])
    let spans = AnswerObject([
      ("scope", .object(scope)), ("spans", .list(spans.flatMap(Self.spans))),
    ])
    let ofResource = AnswerObject([
      ("resource", .object(resource)), ("scopeSpans", .list([.object(spans)])),
    ])
    return AnswerObject([("resourceSpans", .list([.object(ofResource)]))])
  }

  private static func spans(_ request: RequestSpan) -> [AnswerValue] {
    var span = times(request.startedAt, request.startedAt &+ request.duration)
    span.append("traceId", .string(request.traceID))
    span.append("spanId", .string(request.id))
    span.append("parentSpanId", request.parentID.map(AnswerValue.string))
    span.append("name", .string(request.name))
    span.append("kind", .integer(serverKind))
    span.append("attributes", .list(attributes(request)))
    if request.status >= 500 {
      span.append("status", .object(AnswerObject([("code", .integer(errorStatus))])))
    }
    return [.object(span)] + request.phases.map { .object(child($0, of: request)) }
  }

  private static func child(
    _ phase: (name: String, start: UInt64, end: UInt64), of request: RequestSpan
  ) -> AnswerObject {
    var span = times(phase.start, phase.end)
    span.append("traceId", .string(request.traceID))
    span.append("spanId", .string(TraceID.span()))
    span.append("parentSpanId", .string(request.id))
    span.append("name", .string(phase.name))
    span.append("kind", .integer(internalKind))
    return span
  }

  /// Names of the semantic conventions for HTTP where there is one.
  private static func attributes(_ request: RequestSpan) -> [AnswerValue] {
    var list = [
      attribute("http.response.status_code", request.status),
      attribute("vflowopt.request_id", request.requestID),
    ]
    if let method = request.method { list.append(attribute("http.request.method", method)) }
    if let route = request.route { list.append(attribute("http.route", route)) }
    if let fault = request.fault {
      list.append(attribute("error.type", fault.type.slug))
      if let id = fault.id { list.append(attribute("vflowopt.error_id", id)) }
    }
    if let tally = request.tally {
      list.append(attribute("vflowopt.tokens.in", tally.input))
      list.append(attribute("vflowopt.tokens.kept", tally.kept))
      list.append(attribute("vflowopt.tokens.recycled", tally.recycled))
    }
    return list
  }

  /// 64-bit numbers are strings in the JSON of protocol buffers.
  private static func times(_ start: UInt64, _ end: UInt64) -> AnswerObject {
    AnswerObject([
      ("startTimeUnixNano", .string("\(start)")), ("endTimeUnixNano", .string("\(end)")),
    ])
  }

  private static func attribute(_ key: String, _ value: String) -> AnswerValue {
    attribute(key, ("stringValue", .string(value)))
  }

  private static func attribute(_ key: String, _ value: Int) -> AnswerValue {
    attribute(key, ("intValue", .string("\(value)")))
  }

  private static func attribute(
    _ key: String, _ value: (name: String, value: AnswerValue)
  ) -> AnswerValue {
    .object(AnswerObject([("key", .string(key)), ("value", .object(AnswerObject([value])))]))
  }

  private static let internalKind = 1
  private static let serverKind = 2
  private static let errorStatus = 2
}

extension AnswerObject {
  fileprivate init(_ members: [(name: String, value: AnswerValue)]) {
    self.init()
    for member in members { append(member.name, member.value) }
  }
}
