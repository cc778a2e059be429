import TestSupport
import Testing

@testable import HTTPEngine

struct RouterTests {
  @Test(
    arguments: [
      (Method.get, "/", "root"), (.get, "/livez", "livez"), (.post, "/v1/prune", "prune"),
      (.get, "/v1/strategies", "strategies"), (.get, "/v1/strategies/default", "default"),
      (.get, "/v1/strategies/other", "strategy"), (.put, "/v1/strategies/other", "put"),
      (.post, "/v1/studies/s:suggest", "suggest"), (.get, "/v1/studies/s", "study"),
      (.post, "/v1/studies/s/trials/7:tell", "tell"), (.get, "/v1/studies/s/trials/7", "trial"),
      (.get, "/v1/studies/best/trials", "best"), (.get, "/v1/studies/best", "study"),
      (.get, "/v1/docs/", "slash"), (.other("PROPFIND"), "/v1/prune", "propfind"),
    ])
  func `finds`(method: Method, path: String, route: String) throws {
    #expect(try found(method, path).route == route)
  }

  @Test(
    arguments: [
      "/livez/", "//livez", "/livez//", "/v1", "/v1/", "/v1/docs", "/V1/prune", "/v1/prune/x",
      "/v1/strategies/", "/v1/strategies/.", "/v1/strategies/..", "/v1/strategies/%2e%2E",
      "/v1/studies//trials/7", "/v1/studies/s:", "/v1/studies/s:unknown", "/v1/studies/:suggest",
      "/v1/studies/s%3Asuggest:x", "/v1/prune:suggest", "/v1/prune:", "/:", "/:suggest",
      "/v1/studies/s/trials/7:tell/", "/v1/studies/s/trials/7:tell:tell:", "/v1/../livez",
    ])
  func `does not find`(path: String) throws {
    guard case .notFound = try router().match(.post, path: path) else {
      Issue.record("\(path) was found")
      return
    }
  }

  @Test(
    arguments: [
      "", "livez", "*", "/%", "/%4", "/%4g", "/%zz", "/a%00b", "/a%2Fb", "/a%2fb", "/%0a",
      "/%7F", "/%ff", "/%C3%28", "/a\0b", "/a\u{7F}",
    ])
  func `calls malformed`(path: String) throws {
    guard case .malformedPath = try router().match(.get, path: path) else {
      Issue.record("\(path) is well formed")
      return
    }
  }

  @Test(
    arguments: [
      ("llava-onevision-7b@0.50", "llava-onevision-7b@0.50"), ("a%20b", "a b"),
      ("%6Clava%2D7b%400.5", "llava-7b@0.5"), ("a+b", "a+b"), ("caf%C3%A9", "café"),
      ("a%3Ab", "a:b"), ("%25", "%"), ("%252F", "%2F"), ("...", "..."),
      ("a!$&'()*,;=~", "a!$&'()*,;=~"),
    ])
  func `decodes values`(segment: String, value: String) throws {
    let match = try found(.get, "/v1/strategies/\(segment)")
    #expect(match.route == "strategy")
    #expect(match.parameters["name"] == value)
    #expect(match.parameters["nobody"] == nil)
    #expect(match.parameters.count == 1)
  }

  @Test func `decodes literals too`() throws {
    #expect(try found(.post, "/%76%31/%70rune").route == "prune")
  }

  @Test func `gives every parameter its value`() throws {
    let match = try found(.post, "/v1/studies/a:b/trials/x:y:tell")
    #expect(match.parameters["study"] == "a:b")
    #expect(match.parameters["trial"] == "x:y")
    #expect(match.pattern.text == "/v1/studies/{study}/trials/{trial}:tell")
  }

  @Test func `an escaped colon is part of the value`() throws {
    let match = try found(.get, "/v1/studies/s%3Asuggest")
    #expect(match.route == "study")
    #expect(match.parameters["study"] == "s:suggest")
  }

  @Test func `goes back to the parameter when the literal leads nowhere`() throws {
    let match = try found(.post, "/v1/studies/best/trials/7:tell")
    #expect(match.route == "tell")
    #expect(match.parameters["study"] == "best")
  }

  @Test func `answers HEAD with GET's route unless it has its own`() throws {
    #expect(try found(.head, "/livez").route == "livez")
    #expect(try found(.head, "/v1/strategies/x").route == "head")
  }

  @Test(
    arguments: [
      (Method.post, "/livez", "GET, HEAD, OPTIONS"), (.get, "/v1/prune", "OPTIONS, POST, PROPFIND"),
      (.head, "/v1/prune", "OPTIONS, POST, PROPFIND"),
      (.delete, "/v1/strategies/x", "GET, HEAD, OPTIONS, PUT"),
      (.get, "/v1/studies/s:suggest", "OPTIONS, POST"),
      (.post, "/v1/strategies/default", "GET, HEAD, OPTIONS"),
    ])
  func `lists the methods of a path`(method: Method, path: String, allow: String) throws {
    let router = try router()
    guard case .methodNotAllowed(let methods, _) = router.match(method, path: path) else {
      Issue.record("\(method) \(path) is allowed")
      return
    }
    #expect(methods.allowFieldValue == allow)
    guard case .options(let options, let pattern) = router.match(.options, path: path) else {
      Issue.record("OPTIONS \(path) has no answer")
      return
    }
    #expect(options == methods)
    #expect(pattern != nil)
  }

  @Test func `OPTIONS for the server lists every method`() throws {
    guard case .options(let allow, nil) = try router().match(.options, path: "*") else {
      Issue.record("OPTIONS * has no answer")
      return
    }
    #expect(allow.allowFieldValue == "GET, HEAD, OPTIONS, POST, PROPFIND, PUT")
  }

  @Test func `OPTIONS may have a route of its own`() throws {
    var router = Router<String>()
    try router.add(.options, "/x", "own")
    guard case .found(let match) = router.match(.options, path: "/x") else {
      Issue.record("the route was not found")
      return
    }
    #expect(match.route == "own")
  }

  @Test func `refuses a second route for the same method and path`() throws {
    var router = try router()
    let error = RoutingError(.duplicateRoute, "/livez")
    #expect(throws: error) { try router.add(.get, "/livez", "again") }
  }

  @Test func `refuses other names for the same parameters`() throws {
    var router = try router()
    let error = RoutingError(.conflictingParameters, "/v1/strategies/{id}")
    #expect(throws: error) { try router.add(.delete, "/v1/strategies/{id}", "delete") }
    // A refused route leaves no trace.
    #expect(try found(.get, "/v1/strategies/x").parameters["name"] == "x")
  }

  @Test func `an empty router finds nothing`() {
    guard case .notFound = Router<Int>().match(.get, path: "/") else {
      Issue.record("something was found")
      return
    }
  }

  @Test func `lists its routes`() throws {
    let routes = try router().routes
    #expect(routes.count == 18)
    #expect(routes.first?.pattern.text == "/")
  }

  @Test(arguments: 0..<4 as Range<UInt64>) func `never traps`(seed: UInt64) throws {
    let router = try router()
    let pieces = ["/", "v1", "studies", "%", "%2", "%2e", ":", "tell", ".", "{x}", "é", "\0", "*"]
    var random = SeededGenerator(seed: seed)
    for _ in 0..<2000 {
      let count = Int.random(in: 0..<12, using: &random)
      let path = (0..<count).compactMap { _ in pieces.randomElement(using: &random) }.joined()
      if case .found(let match) = router.match(.get, path: path) {
        #expect(match.parameters.count == match.pattern.parameterNames.count, "\(seed) \(path)")
      }
    }
  }

  @Test func `a long path costs no more than its length`() throws {
    let path = "/" + String(repeating: "a/", count: 100_000)
    guard case .notFound = try router().match(.get, path: path) else {
      Issue.record("something was found")
      return
    }
  }

  private func found(_ method: Method, _ path: String) throws -> MatchedRoute<String> {
    let match = try router().match(method, path: path)
    guard case .found(let found) = match else { throw NotFound(path: path, match: "\(match)") }
    return found
  }

  private struct NotFound: Error {
    let path: String
    let match: String
  }

  private func router() throws -> Router<String> {
    var router = Router<String>()
    let table: [(Method, RoutePattern, String)] = [
      (.get, "/", "root"), (.get, "/livez", "livez"), (.post, "/v1/prune", "prune"),
      (.other("PROPFIND"), "/v1/prune", "propfind"), (.get, "/v1/strategies", "strategies"),
      (.get, "/v1/strategies/{name}", "strategy"), (.head, "/v1/strategies/{name}", "head"),
      (.put, "/v1/strategies/{name}", "put"), (.get, "/v1/strategies/default", "default"),
      (.get, "/v1/studies/{study}", "study"), (.post, "/v1/studies/{study}:suggest", "suggest"),
      (.get, "/v1/studies/{study}/trials/{trial}", "trial"),
      (.post, "/v1/studies/{study}/trials/{trial}:tell", "tell"),
      (.get, "/v1/studies/best/trials", "best"), (.get, "/v1/docs/", "slash"),
      (.get, "/v1/a", "a"), (.get, "/v1/b", "b"), (.get, "/v1/c:d", "verb"),
    ]
    for (method, pattern, route) in table { try router.add(method, pattern, route) }
    return router
  }
}
