import HTTPEngine
import Telemetry
import TestSupport
import Testing

@testable import PruningService

@Suite struct MetricsFormatAcceptTests {
  private static let prometheus2 =
    "application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,"
    + "text/plain;version=0.0.4;q=0.5,*/*;q=0.1"
  private static let prometheus3 =
    "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.5,"
    + "application/openmetrics-text;version=0.0.1;q=0.4,"
    + "text/plain;version=1.0.0;escaping=allow-utf-8;q=0.3,text/plain;version=0.0.4;q=0.2,/;q=0.1"

  @Test(
    arguments: [
      ("", MetricsFormat.prometheus), ("*/*", .prometheus), ("text/plain", .prometheus),
      ("text/html", .prometheus), ("application/openmetrics-text", .openMetrics),
      ("application/openmetrics-text; version=1.0.0; charset=utf-8", .openMetrics),
      ("application/openmetrics-text;version=0.0.1", .prometheus),
      ("application/openmetrics-text;q=0.5, text/plain", .prometheus),
      (prometheus2, .openMetrics), (prometheus3, .openMetrics),
    ]) func `the reader chooses`(accept: String, format: MetricsFormat) async throws
  {
    #expect(MetricsFormat(accept: accept.isEmpty ? [] : [accept]) == format)
    let fields: HeaderFields = accept.isEmpty ? [:] : ["Accept": accept]
    let response = try await RouteHarness().send(.get, "/metrics", fields)
    #expect(response.fields["content-type"] == format.contentType)
    #expect(response.fields["vary"] == "Accept")
    #expect(response.text.hasSuffix("# EOF\n") == (format == .openMetrics))
  }

  @Test func `no label has a value that a client chose`() async throws {
    let harness = try RouteHarness()
    let fields: HeaderFields = [
      "X-Request-Id": "chosen-by-client", "User-Agent": "chosen-by-client",
      "Content-Type": "application/json",
    ]
    _ = await harness.send(.get, "/chosen-by-client", fields)
    _ = await harness.send(.get, "/v1/strategies/chosen-by-client", fields)
    _ = await harness.send(.post, "/v1/prune", fields, body: ServiceRequests.json)
    for accept in ["text/plain", "application/openmetrics-text"] {
      let text = await harness.send(.get, "/metrics", ["Accept": accept]).text
      #expect(!text.contains("chosen"))
      for name in [
        "vflowopt_log_records_dropped_total", "vflowopt_draining", "vflowopt_queue_capacity",
        "vflowopt_problems_total{type=\"not-found\"} 2", "vflowopt_keep_ratio_count 1",
        "vflowopt_queue_rejected_total{reason=\"client_requests\"} 0", "vflowopt_awaited_bytes",
        "vflowopt_reloads_total{result=\"failure\"} 0",
      ] { #expect(text.contains(name), "\(name)") }
    }
  }
}
