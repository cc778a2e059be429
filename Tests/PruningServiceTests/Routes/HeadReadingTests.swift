import HTTPEngine
import Testing

@testable import PruningService

@Suite struct HeadReadingTests {
  private func reading(_ method: Method, _ target: String, length: Int? = nil) -> HeadReading? {
    let fields: HeaderFields = [
      "X-Request-Id": "mine",
      "Traceparent": "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
    ]
    let head = RequestHead(
      method: method, target: target, fields: fields, contentLength: length)
    let harness = try? RouteHarness()
    _ = harness?.parts.responder.admit(head)
    return head.reading as? HeadReading
  }

  @Test(
    arguments: [
      ("/livez", Method.get, nil, true), ("/readyz", .head, 0, true), ("/metrics", .get, nil, true),
      ("/livez", .get, 3, false), ("/livez", .post, nil, false), ("/v1/prune", .post, 3, false),
      ("/v1/strategies/a", .get, nil, true), ("/v1/strategies/a", .delete, nil, false),
      ("/v1/strategies", .get, nil, false), ("/v1/studies", .get, nil, false),
      ("/v1/admin/log-level", .get, nil, false), ("/nothing", .get, nil, false),
    ] as [(String, Method, Int?, Bool)]) func `pages are what needs no body and no worker`(
      target: String, method: Method, length: Int?, isPage: Bool
    ) throws
  {
    #expect((try #require(reading(method, target, length: length)).page != nil) == isPage)
  }

  @Test func `a reading has what the head says of its request`() throws {
    let reading = try #require(self.reading(.put, "/v1/strategies/mine?x=1"))
    #expect(reading.route == .strategy)
    #expect(reading.name == "mine")
    #expect(reading.proposedID == "mine")
    #expect(reading.trace?.spanID == "b7ad6b7169203331")
    #expect(reading.question.scope == .calibrate)
    #expect(reading.question.surface == .data)
  }

  @Test func `a path without the method keeps its route, one that leads nowhere has none`() throws {
    #expect(try #require(reading(.delete, "/livez")).route == .live)
    let nowhere = try #require(reading(.get, "/nothing"))
    #expect(nowhere.route == nil && !nowhere.question.namesRoute)
  }

  @Test func `whether a client is let in is never kept with its head`() throws {
    let harness = try RouteHarness()
    let key = APIKey()
    let digest = SHA256Digest(of: key.text.utf8)
    let head = RequestHead(method: .get, target: "/info", fields: ["X-Api-Key": key.text])
    func status(_ clients: [AccessPolicy.Client]) -> UInt16? {
      harness.parts.access.replace(AccessPolicy(clients: clients))
      guard case .answer(let response) = harness.parts.responder.admit(head) else { return nil }
      return response.status.rawValue
    }
    let reader = AccessPolicy.Client(name: "a", scopes: [.read], proof: .key([digest]))
    let pruner = AccessPolicy.Client(name: "a", scopes: [.prune], proof: .key([digest]))
    #expect([[reader], [], [pruner], [reader]].map(status) == [200, 401, 403, 200])
  }

  @Test func `two requests with one head have identifiers of their own`() throws {
    let harness = try RouteHarness()
    let head = RequestHead(method: .get, target: "/livez")
    let identifiers = (0..<2).compactMap { _ -> [UInt8]? in
      guard case .answer(let response) = harness.parts.responder.admit(head) else { return nil }
      return response.identifier.map { digits in (0..<32).map { digits.digits[$0] } }
    }
    #expect(Set(identifiers).count == 2)
  }
}
