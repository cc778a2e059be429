import HTTPEngine
import Telemetry
import TestSupport
import Testing

@testable import PruningService

@Suite struct RequestObservationTests {
  private func fields(_ record: LogRecord) -> [String: LogValue] {
    Dictionary(record.fields.map { ($0.key, $0.value) }, uniquingKeysWith: { first, _ in first })
  }

  @Test func `an answer leaves one record with the route's pattern and its phases`() async throws {
    let harness = try RouteHarness()
    let type: HeaderFields = ["Content-Type": "application/json", "X-Request-Id": "r7"]
    _ = await harness.send(.post, "/v1/prune?secret=1", type, body: ServiceRequests.json)
    let record = try #require(harness.records.all.first)
    #expect(harness.records.all.count == 1)
    #expect(record.level == .info)
    let data = fields(record)
    #expect(data["request.id"] == .string("r7"))
    #expect(data["http.request.method"] == .string("POST"))
    #expect(data["http.route"] == .string("/v1/prune"))
    #expect(data["http.response.status_code"] == .integer(200))
    for phase in ["queue", "decode", "kernel", "encode"] {
      #expect(data["duration.\(phase)_seconds"] != nil)
    }
  }

  @Test func `an unknown path never reaches the log`() async throws {
    let harness = try RouteHarness()
    _ = await harness.send(.get, "/some/secret/path")
    let record = try #require(harness.records.all.first)
    #expect(fields(record)["http.route"] == .string("none"))
    #expect(fields(record)["error.type"] == .string("not-found"))
    #expect(!"\(record.fields)".contains("secret"))
  }

  @Test func `a fault of the service leaves an error that its document points to`() throws {
    let harness = try RouteHarness()
    let response = harness.parts.responder.refuse(.internal, head: nil)
    let errors = harness.records.all.filter { $0.level == .error }
    #expect(errors.count == 1)
    guard case .string(let id) = fields(errors[0])["error.id"] else {
      Issue.record("the record has no identifier")
      return
    }
    #expect(response.text.contains("\"error_id\":\"\(id)\""))
  }

  @Test func `answers are counted by route and class`() async throws {
    let harness = try RouteHarness()
    _ = await harness.send(.get, "/livez")
    _ = await harness.send(.get, "/livez")
    _ = await harness.send(.post, "/livez")
    _ = await harness.send(.get, "/nothing")
    let text = await harness.send(.get, "/metrics").text
    #expect(
      text.contains("vflowopt_requests_total{route=\"/livez\",status_class=\"2xx\"} 2\n"))
    #expect(
      text.contains("vflowopt_requests_total{route=\"/livez\",status_class=\"4xx\"} 1\n"))
    #expect(text.contains("vflowopt_requests_total{route=\"none\",status_class=\"4xx\"} 1\n"))
    #expect(text.contains("process_resident_memory_bytes "))
    #expect(text.contains("vflowopt_build_info{"))
  }

  @Test func `tokens are counted from the answer`() async throws {
    let harness = try RouteHarness()
    _ = await harness.send(
      .post, "/v1/prune", ["Content-Type": "application/json"], body: ServiceRequests.json)
    let text = await harness.send(.get, "/metrics").text
    #expect(text.contains("vflowopt_tokens_in_total 16\n"))
    #expect(!text.contains("vflowopt_tokens_kept_total 0\n"))
  }

  @Test(
    arguments: [
      (UInt64(0), "0.000"), (1_234_567, "1.234"), (45_000, "0.045"), (7_000, "0.007"),
      (61_000_000_000, "61000.000"),
    ]) func `durations are milliseconds with three decimals`(nanoseconds: UInt64, text: String)
  {
    let timing = PhaseTiming(kernelNanoseconds: nanoseconds)
    let value = timing.fieldValue(totalNanoseconds: 0)
    #expect(value.hasPrefix("queue;dur="))
    #expect(value.contains("kernel;dur=\(text), "))
  }

  @Test func `what was added up while it arrived stands first`() {
    let timing = PhaseTiming(reduceNanoseconds: 62_000, queueNanoseconds: 7_000)
    let value = timing.fieldValue(totalNanoseconds: 100_000)
    #expect(value.hasPrefix("reduce;dur=0.062, queue;dur=0.007, decode;dur="))
    #expect(timing.members.map(\.name) == ["queue_us", "decode_us", "kernel_us", "encode_us"])
  }
}
