import HTTPEngine
import TestSupport
import Testing

@testable import PruningService

@Suite struct TracerTests {
  private static let json: HeaderFields = ["Content-Type": "application/json"]
  private static let parent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-0"

  private func harness(_ address: CollectorAddress, ratio: Double) throws -> RouteHarness {
    try RouteHarness {
      $0.otlpEndpoint = "http://\(address.authority)\(address.path)"
      $0.traceSampleRatio = ratio
    }
  }

  @Test func `a request is a span of the server with a child for each phase`() async throws {
    let collector = TestCollector()
    let harness = try harness(collector.start(), ratio: 1)
    let response = await harness.send(.post, "/v1/prune", Self.json, body: ServiceRequests.json)
    let spans = try collector.spans(atLeast: 5)
    #expect(
      spans.map { $0["name"] as? String } == [
        "POST /v1/prune", "queue", "decode", "kernel", "encode",
      ])
    let root = spans[0]
    #expect(root["kind"] as? Int == 2)
    #expect(root["parentSpanId"] == nil)
    #expect(root["status"] == nil)
    let facts = attributes(root)
    #expect(facts["http.request.method"] == "POST")
    #expect(facts["http.route"] == "/v1/prune")
    #expect(facts["http.response.status_code"] == "200")
    #expect(facts["vflowopt.tokens.in"] == "16")
    #expect(facts["vflowopt.request_id"] == response.fields["x-request-id"])
    for child in spans.dropFirst() {
      #expect(child["parentSpanId"] as? String == root["spanId"] as? String)
      #expect(child["traceId"] as? String == root["traceId"] as? String)
      #expect(child["kind"] as? Int == 1)
    }
  }

  @Test func `children lie within their request, one after the other`() async throws {
    let collector = TestCollector()
    let harness = try harness(collector.start(), ratio: 1)
    _ = await harness.send(.post, "/v1/prune", Self.json, body: ServiceRequests.json)
    let times = try collector.spans(atLeast: 5).map { span in
      ["startTimeUnixNano", "endTimeUnixNano"].map { UInt64(span[$0] as? String ?? "") ?? 0 }
    }
    for (child, next) in zip(times.dropFirst(), times.dropFirst(2)) {
      #expect(child[1] == next[0])
    }
    for child in times.dropFirst() {
      #expect(child[0] <= child[1])
      #expect(times[0][0] <= child[0] && child[1] <= times[0][1])
    }
    #expect(times[0][0] > 1_600_000_000_000_000_000)
  }

  @Test func `the caller decides whether its trace goes on here`() async throws {
    let collector = TestCollector()
    let (never, always) = try (harness(collector.start(), ratio: 0), 1)
    _ = await never.send(.get, "/info", ["traceparent": Self.parent + "0"])
    _ = await never.send(.get, "/info")
    _ = await never.send(.get, "/livez", ["traceparent": Self.parent + "\(always)"])
    let spans = try collector.spans(atLeast: 1)
    #expect(spans.count == 1)
    #expect(spans.first?["traceId"] as? String == "4bf92f3577b34da6a3ce929d0e0e4736")
    #expect(spans.first?["parentSpanId"] as? String == "00f067aa0ba902b7")
    #expect(spans.first?["name"] as? String == "GET /livez")
  }

  @Test func `a caller that was not let in decides nothing`() async throws {
    let collector = TestCollector()
    let harness = try harness(collector.start(), ratio: 0)
    let identity = RequestIdentity(["traceparent": Self.parent + "1"])
    for isGranted in [false, true] {
      let exchange = Exchange(.get, .info, identity, isGranted: isGranted)
      harness.parts.tracer?.answered(exchange, status: .ok, nanoseconds: 1, fault: nil)
    }
    let refused = Self.parent.replacing("4bf9", with: "dead") + "1"
    let admin = ["traceparent": refused] as HeaderFields
    _ = await harness.send(.get, "/v1/admin/log-level", admin)
    _ = await harness.send(.get, "/info", ["traceparent": Self.parent + "1"])
    let ids = try collector.spans(atLeast: 2).map { $0["traceId"] as? String }
    #expect(ids == [String](repeating: "4bf92f3577b34da6a3ce929d0e0e4736", count: 2))
  }

  @Test func `probes begin no trace by chance`() async throws {
    let collector = TestCollector()
    let harness = try harness(collector.start(), ratio: 1)
    for target in ["/livez", "/readyz", "/healthz", "/metrics", "/info"] {
      _ = await harness.send(.get, target)
    }
    #expect(try collector.spans(atLeast: 1).map { $0["name"] as? String } == ["GET /info"])
  }

  @Test func `a fault is told with its type, and the server's own as an error`() async throws {
    let collector = TestCollector()
    let harness = try harness(collector.start(), ratio: 1)
    _ = await harness.post("/v1/prune", "{")
    let document = harness.parts.responder.refuse(.internal, head: nil)
    let spans = try collector.spans(atLeast: 6).filter { $0["kind"] as? Int == 2 }
    #expect(spans.map { attributes($0)["error.type"] } == ["malformed-body", "internal"])
    #expect(spans.first?["status"] == nil)
    #expect((spans.last?["status"] as? [String: Any])?["code"] as? Int == 2)
    let errorID = attributes(spans.last ?? [:])["vflowopt.error_id"] ?? "?"
    #expect(document.text.contains("\"error_id\":\"\(errorID)\""))
  }

  @Test func `identifiers have their lengths and are never zero`() {
    for _ in 0..<100 {
      #expect(TraceID.span().utf8.count == 16)
      #expect(TraceID.trace().utf8.count == 32)
      #expect(TraceID.span().contains { $0 != "0" })
    }
  }

  @Test func `without a collector there is no tracer`() throws {
    #expect(try RouteHarness().parts.tracer == nil)
  }
}
