import HTTPEngine
import Telemetry
import Testing

@testable import PruningService

@Suite struct TraceContextTests {
  static let valid = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"

  @Test func `a valid context is repeated and its trace is told`() async throws {
    #expect(TraceContext(Self.valid)?.traceID == "4bf92f3577b34da6a3ce929d0e0e4736")
    let harness = try RouteHarness()
    let response = await harness.send(.get, "/livez", ["traceparent": Self.valid])
    #expect(response.fields["traceparent"] == Self.valid)
    #expect(
      harness.records.all[0].fields.contains {
        $0.key == "trace.id" && $0.value == .string("4bf92f3577b34da6a3ce929d0e0e4736")
      })
  }

  @Test(arguments: ["00", "01", "02", "03", "0a", "0b", "fe", "ff"])
  func `the last bit of the flags says whether the caller records`(flags: String) throws {
    let context = try #require(TraceContext(String(Self.valid.dropLast(2)) + flags))
    #expect(context.isSampled == (Int(flags, radix: 16).map { $0 & 1 == 1 }))
    #expect(context.spanID == "00f067aa0ba902b7")
  }

  @Test(
    arguments: [
      "", "00", "01-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
      "00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01",
      "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
      "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01",
      "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01x",
      "00_4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
    ]) func `anything else is ignored`(text: String) async throws
  {
    #expect(TraceContext(text) == nil)
    let response = try await RouteHarness().send(.get, "/livez", ["traceparent": text])
    #expect(response.fields["traceparent"] == nil)
  }
}
