import HTTPEngine
import Telemetry
import Testing

@testable import PruningService

@Suite struct LogLevelRouteTests {
  private static let admin = ConnectionInfo(
    id: 1, peer: "127.0.0.1", listener: ServiceListener.admin.rawValue, isTLS: false)

  private func put(_ harness: RouteHarness, _ text: String, type: String? = "application/json")
    async
    -> Response
  {
    var fields: HeaderFields = [:]
    if let type { fields.append("Content-Type", type) }
    return await harness.send(
      .put, "/v1/admin/log-level", fields, body: Array(text.utf8), connection: Self.admin)
  }

  @Test func `the level in force is read and changed`() async throws {
    let harness = try RouteHarness { $0.adminPort = 0 }
    let before = await harness.send(.get, "/v1/admin/log-level", connection: Self.admin)
    #expect(before.text == "{\"level\":\"info\"}")
    let changed = await put(harness, "{\"level\":\"error\"}")
    #expect(changed.text == "{\"level\":\"error\"}")
    let count = harness.records.all.count
    _ = await harness.send(.get, "/livez")
    #expect(harness.records.all.count == count)
    _ = await put(harness, "{\"level\":\"trace\"}")
    _ = await harness.send(.get, "/livez")
    #expect(harness.records.all.count > count)
  }

  @Test(
    arguments: [
      ("{\"level\":\"loud\"}", "application/json", ProblemType.valueOutOfRange),
      ("{\"level\":1}", "application/json", .valueOutOfRange),
      ("{}", "application/json", .valueOutOfRange),
      ("{\"level\":\"info\",\"x\":1}", "application/json", .valueOutOfRange),
      ("[]", "application/json", .valueOutOfRange), ("", "application/json", .malformedBody),
      ("{", "application/json", .malformedBody),
      ("{\"level\":\"info\"}", "text/plain", .unsupportedMediaType),
      ("{\"level\":\"info\"}", "application/vnd.safetensors", .unsupportedMediaType),
    ]) func `a body that names no level changes nothing`(
      text: String, type: String, problem: ProblemType
    ) async throws
  {
    let harness = try RouteHarness { $0.adminPort = 0 }
    #expect(await put(harness, text, type: type).isProblem(problem))
    let level = await harness.send(.get, "/v1/admin/log-level", connection: Self.admin)
    #expect(level.text == "{\"level\":\"info\"}")
  }
}
