import Foundation
import HTTPEngine
import TestSupport
import Testing

@testable import PruningService

@Suite struct PageRoutesTests {
  private func json(_ response: Response) throws -> [String: Any] {
    let object = try JSONSerialization.jsonObject(with: Data(response.text.utf8))
    return try #require(object as? [String: Any])
  }

  @Test func `probes tell the state in one word`() async throws {
    let harness = try RouteHarness()
    #expect(await harness.send(.get, "/livez").text == "{\"status\":\"live\"}")
    #expect(await harness.send(.get, "/readyz").text == "{\"status\":\"ready\"}")
  }

  @Test func `health tells what the pool is doing`() async throws {
    let harness = try RouteHarness {
      $0.threads = 3
      $0.queueCapacity = 5
    }
    let held = try harness.parts.admission.admit(
      .plan,
      RequestHead(
        method: .post, target: "/v1/plan", fields: ["Content-Type": "application/json"],
        contentLength: 7), from: .address(""))
    let body = try json(await harness.send(.get, "/healthz"))
    #expect(body["status"] as? String == "ready")
    #expect(body["version"] as? String == ServiceVersion.current)
    #expect(body["workers"] as? Int == 3)
    #expect(body["queue_capacity"] as? Int == 5)
    #expect(body["queue_depth"] as? Int == 1)
    #expect(body["in_flight_bytes"] as? Int == 7)
    #expect(body["uptime_seconds"] as? Int != nil)
    withExtendedLifetime(held) {}
  }

  @Test func `information names limits, encodings, models and strategies`() async throws {
    let harness = try RouteHarness { $0.maximumBodyBytes = 4321 }
    let body = try json(await harness.send(.get, "/info"))
    let limits = body["limits"] as? [String: Int]
    #expect(limits?["maximum_body_bytes"] == 4321)
    #expect(body["encodings"] as? [String] == Negotiation.mediaTypes)
    #expect((body["strategies"] as? [String])?.contains("llava-onevision-7b@0.25") == true)
    #expect((body["models"] as? [String])?.contains("qwen2-vl-7b") == true)
    let sets = try #require(body["kernel_sets"] as? [String])
    #expect(sets.first == "portable")
    #expect(sets.contains(body["kernel_set"] as? String ?? ""))
  }

  @Test func `the index names every route`() async throws {
    let harness = try RouteHarness { $0.sharedMemoryPrefix = "/vflowopt-" }
    let body = try json(await harness.send(.get, "/"))
    let routes = try #require(body["routes"] as? [String: String])
    #expect(routes.count == ServiceRoute.allCases.count)
    #expect(routes["/v1/prune"] == "POST")
    #expect(routes["/livez"] == "GET")
  }

  @Test func `a strategy is listed as it is shown alone`() async throws {
    let harness = try RouteHarness()
    let list = try json(await harness.send(.get, "/v1/strategies"))
    let all = try #require(list["strategies"] as? [[String: Any]])
    #expect(all.count == BuiltInStrategies().all.count)
    for entry in all {
      let name = try #require(entry["name"] as? String)
      let alone = try json(await harness.send(.get, "/v1/strategies/\(name)"))
      #expect(alone as NSDictionary == entry as NSDictionary)
      #expect(alone["read_only"] as? Bool == true)
    }
  }

  @Test(
    arguments: [
      "/", "/info", "/openapi.yaml", "/v1/strategies", "/v1/strategies/llava-onevision-7b@0.25",
    ])
  func `a constant page may be cached under its tag`(_ target: String) async throws {
    let (first, second) = (try RouteHarness(), try RouteHarness())
    let page = await first.send(.get, target)
    let tag = try #require(page.fields["etag"])
    #expect(tag == EntityTag(of: Array(page.text.utf8)).fieldValue)
    #expect(page.fields["cache-control"] == "no-cache")
    #expect(page.fields["x-content-type-options"] == "nosniff")
    // Another process of the same version and settings has the same tag.
    #expect(await second.send(.get, target).fields["etag"] == tag)
  }

  @Test(arguments: ["/livez", "/readyz", "/healthz", "/metrics", "/v1/strategies/none"])
  func `what varies is never cached`(_ target: String) async throws {
    let page = try await RouteHarness().send(.get, target)
    #expect(page.fields["etag"] == nil)
    #expect(page.fields["cache-control"] == "no-store")
  }

  @Test func `a client that has the page is told so`() throws {
    let service = try LoopbackService()
    let page = try service.connect().exchange("GET", "/openapi.yaml")
    let tag = try #require(page["etag"])
    let again = try service.connect().exchange(
      "GET", "/openapi.yaml", fields: [("If-None-Match", tag)])
    #expect(again.status == 304)
    #expect(again["etag"] == tag)
    #expect(again["cache-control"] == "no-cache")
    #expect(again.text.isEmpty)
  }
}
