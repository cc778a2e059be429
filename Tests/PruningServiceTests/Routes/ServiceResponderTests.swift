import HTTPEngine
import Testing

@testable import PruningService

@Suite struct ServiceResponderTests {
  @Test(
    arguments: [
      ("/", "application/json"), ("/livez", "application/json"), ("/readyz", "application/json"),
      ("/healthz", "application/json"), ("/info", "application/json"),
      ("/metrics", "text/plain; version=0.0.4; charset=utf-8"),
      ("/openapi.yaml", "application/yaml"), ("/v1/strategies", "application/json"),
      ("/v1/strategies/llava-onevision-7b@0.25", "application/json"),
      ("/v1/strategies/llava-onevision-7b%400.25", "application/json"),
      ("/livez?verbose=1", "application/json"),
    ]) func `pages answer GET and HEAD`(target: String, type: String) async throws
  {
    let harness = try RouteHarness()
    for method in [Method.get, .head] {
      let response = await harness.send(method, target)
      #expect(response.status == .ok)
      #expect(response.fields["content-type"] == type)
      #expect(!response.text.isEmpty)
    }
  }

  @Test(
    arguments: [
      ("/nothing", Method.get), ("/v1/prune/", .post), ("/v1/strategies/none", .get),
      ("/v1", .get), ("/V1/prune", .post), ("/v1/studies/", .post),
    ]) func `a path that leads nowhere is 404`(target: String, method: Method) async throws
  {
    let response = try await RouteHarness().send(method, target)
    #expect(response.isProblem(.notFound))
  }

  @Test(
    arguments: [
      ("/v1/prune", Method.get, "OPTIONS, POST"), ("/livez", .post, "GET, HEAD, OPTIONS"),
      ("/v1/strategies", .put, "GET, HEAD, OPTIONS"),
      ("/v1/strategies/x", .post, "DELETE, GET, HEAD, OPTIONS, PUT"),
      ("/v1/studies/x", .put, "DELETE, GET, HEAD, OPTIONS"),
      ("/v1/studies/x/trials:ask", .get, "OPTIONS, POST"),
      ("/v1/prune", .other("TRACE"), "OPTIONS, POST"),
    ]) func `another method is 405 with Allow`(
      target: String, method: Method, allow: String
    ) async throws
  {
    let response = try await RouteHarness().send(method, target)
    #expect(response.isProblem(.methodNotAllowed))
    #expect(response.fields["allow"] == allow)
  }

  @Test(
    arguments: [
      ("/v1/prune", "OPTIONS, POST"), ("/livez", "GET, HEAD, OPTIONS"),
      ("*", "DELETE, GET, HEAD, OPTIONS, POST, PUT"),
    ]) func `OPTIONS lists the methods`(target: String, allow: String) async throws
  {
    let response = try await RouteHarness().send(.options, target)
    #expect(response.status == .noContent)
    #expect(response.fields["allow"] == allow)
    #expect(response.body.count == 0)
  }

  @Test(arguments: ["/%zz", "/a%2Fb", "/%00", "/%ff", "nothing"])
  func `a path that cannot be decoded is 400`(target: String) async throws {
    let response = try await RouteHarness().send(.get, target)
    #expect(response.isProblem(.malformedMessage))
  }

  @Test(arguments: ["/livez", "/nothing", "/v1/prune", "/readyz"])
  func `every answer carries the common fields`(target: String) async throws {
    let harness = try RouteHarness()
    let response = await harness.send(.get, target, ["X-Request-Id": "job-17"])
    #expect(response.fields["x-request-id"] == "job-17")
    #expect(response.fields["cache-control"] == "no-store")
    #expect(response.fields["x-content-type-options"] == "nosniff")
    let other = await harness.send(.get, target, ["X-Request-Id": "no good"])
    #expect(other.fields["x-request-id"]?.utf8.count == 32)
  }

  @Test(
    arguments: [
      Refusal.malformedMessage(.host), .unsupportedVersion, .unsupportedTransferCoding,
      .unknownMethod, .targetTooLong(limitBytes: 8), .fieldsTooLarge(limitBytes: 8),
      .contentTooLarge(limitBytes: 8), .requestTimeout, .expectationFailed, .tooManyConnections,
      .outOfMemory, .internal,
    ]) func `every refusal of the engine is a problem of the same status`(
      refusal: Refusal
    ) throws
  {
    let head = RequestHead(method: .get, target: "/", fields: ["X-Request-Id": "r1"])
    let harness = try RouteHarness()
    for head in [head, nil] {
      let response = harness.parts.responder.refuse(refusal, head: head)
      let type = ServiceProblem(refusal).type
      #expect(response.isProblem(type))
      #expect(response.status == refusal.status)
      #expect((response.fields["retry-after"] != nil) == (type == .overloaded))
      #expect(response.text.contains("\"error_id\"") == (type.status >= 500))
      #expect(head == nil || response.fields["x-request-id"] == "r1")
    }
  }

  @Test func `every route of the table is found under its own pattern`() async throws {
    let harness = try RouteHarness { $0.sharedMemoryPrefix = "/vflowopt-" }
    for route in ServiceRoute.allCases {
      let target = route.pattern.replacing("{name}", with: "llava-onevision-7b@0.50")
        .replacing("{study}", with: "s").replacing("{trial}", with: "1")
      let response = await harness.send(.options, target)
      let isAdministration = route.scope(of: .options) == .admin
      #expect(response.status == (isAdministration ? Status(403) : .noContent), "\(route)")
      #expect(ServiceRoute(pattern: route.pattern) == route)
    }
  }
}
