import Testing

@testable import HTTPEngine

struct RouteTableTests {
  private func table() throws -> RouteTable {
    var table = RouteTable()
    try table.add(.get, "/v1/{name}", route: 1)
    try table.add(.get, "/v1/all", route: 2)
    try table.add(.post, "/v1/all:clear", route: 3)
    return table
  }

  @Test(arguments: [
    ("/v1/all", 2), ("/v1/%61ll", 2), ("/v1/other", 1), ("/v1/all%3Aclear", 1),
  ])
  func `finds a literal path as the tree would`(path: String, route: Int) throws {
    guard case .found(let match) = try table().match(.get, path: path) else {
      Issue.record("\(path) was not found")
      return
    }
    #expect(match.route == route)
    #expect(match.parameters.count == match.pattern.parameterNames.count)
  }

  @Test func `keeps a verb apart from the path before it`() throws {
    guard case .methodNotAllowed(let allow, let pattern) = try table().match(.post, path: "/v1/all")
    else {
      Issue.record("the path took the method")
      return
    }
    #expect(allow == [.get, .head, .options])
    #expect(pattern.text == "/v1/all")
  }
}
