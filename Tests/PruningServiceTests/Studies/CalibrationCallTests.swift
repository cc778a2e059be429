import Calibration
import HTTPEngine
import Testing

@testable import PruningService

@Suite struct CalibrationCallTests {
  private func call(
    _ method: Method, _ target: String, _ fields: HeaderFields = [:]
  ) throws -> CalibrationCall {
    var router = Router<ServiceRoute>()
    for route in ServiceRoute.allCases {
      for method in route.methods {
        try router.add(method, RoutePattern(parsing: route.pattern), route)
      }
    }
    let head = RequestHead(method: method, target: target, fields: fields)
    guard case .found(let match) = router.match(method, path: head.path) else {
      throw ServiceProblem.noSuchRoute
    }
    let action = try #require(CalibrationAction(match.route, method))
    return try CalibrationCall(action, head, match.parameters)
  }

  @Test func `every action has a route that has its method`() {
    for action in CalibrationAction.allCases {
      #expect(action.route.methods.contains(action.method), "\(action)")
      #expect(CalibrationAction(action.route, action.method) == action)
    }
    #expect(CalibrationAction(.studies, .head) == .listStudies)
    #expect(CalibrationAction(.strategy, .get) == nil)
    #expect(CalibrationAction(.prune, .post) == nil)
  }

  @Test func `the path names study, trial and strategy`() throws {
    let tell = try call(.post, "/v1/studies/s/trials/7:tell")
    #expect(tell.action == .tell)
    #expect(tell.study == "s")
    #expect(tell.trial == "7")
    let promote = try call(.post, "/v1/strategies/a@2:promote")
    #expect(promote.strategy == "a@2")
  }

  @Test(
    arguments: [
      (["If-Match": "*"], EntityPrecondition.exists), (["If-None-Match": "*"], .isAbsent),
      (["If-Match": "\"a\", \"b\""], .matches(["a", "b"])), (["If-Match": "W/\"a\""], .matches([])),
      (["X": "y"], .none),
    ] as [([String: String], EntityPrecondition)])
  func `a precondition is read`(
    fields: [String: String], expected: EntityPrecondition
  ) throws {
    var lines: HeaderFields = [:]
    for (name, value) in fields { lines.append(name, value) }
    #expect(try call(.put, "/v1/strategies/a", lines).precondition == expected)
    // Reading is never conditional on what is stored: the engine answers 304.
    #expect(try call(.get, "/v1/studies", lines).precondition == EntityPrecondition.none)
  }

  @Test(
    arguments: [
      ["If-Match": "a"], ["If-Match": "\""], ["If-None-Match": "\"a\""],
      ["If-Match": "*", "If-None-Match": "*"],
    ] as [[String: String]])
  func `a precondition that cannot be read is refused`(fields: [String: String]) throws {
    var lines: HeaderFields = [:]
    for (name, value) in fields { lines.append(name, value) }
    let problem = #expect(throws: ServiceProblem.self) {
      try call(.put, "/v1/strategies/a", lines)
    }
    #expect(problem?.type == .malformedMessage)
  }
}
