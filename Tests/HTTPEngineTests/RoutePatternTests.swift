import Testing

@testable import HTTPEngine

struct RoutePatternTests {
  @Test func `splits literals, parameters and the verb`() throws {
    let pattern = try RoutePattern(parsing: "/v1/studies/{study}/trials/{trial_id}:tell")
    #expect(
      pattern.segments == [
        .literal(Array("v1".utf8)), .literal(Array("studies".utf8)), .parameter("study"),
        .literal(Array("trials".utf8)), .parameter("trial_id"),
      ])
    #expect(pattern.verb == Array("tell".utf8))
    #expect(pattern.parameterNames == ["study", "trial_id"])
    #expect(pattern.text == "/v1/studies/{study}/trials/{trial_id}:tell")
  }

  @Test(arguments: ["/", "/a", "/a/", "/a.b-c_d~e/x", "/{x}", "/a:b", "/{x}:b", "/{x}/"])
  func `accepts`(text: String) throws {
    #expect(try RoutePattern(parsing: text).text == text)
  }

  @Test(
    arguments: [
      ("", RoutingError.Code.missingLeadingSlash), ("a", .missingLeadingSlash),
      ("//", .emptySegment), ("/a//b", .emptySegment), ("/a%20b", .invalidLiteral),
      ("/a b", .invalidLiteral), ("/a*", .invalidLiteral), ("/ä", .invalidLiteral),
      ("/a:b/c", .invalidLiteral), ("/x{y}", .invalidLiteral), ("/{}", .invalidParameter),
      ("/{x", .invalidParameter), ("/{x}y", .invalidParameter), ("/{x-y}", .invalidParameter),
      ("/{", .invalidParameter), ("/a:", .invalidVerb), ("/:b", .invalidVerb),
      ("/a:b:c", .invalidVerb), ("/a:b c", .invalidVerb), ("/{x}/{x}", .repeatedParameter),
    ])
  func `refuses`(text: String, code: RoutingError.Code) {
    #expect(throws: RoutingError(code, text)) { try RoutePattern(parsing: text) }
  }

  @Test func `a literal in the source is a pattern`() {
    let pattern: RoutePattern = "/livez"
    #expect(pattern.text == "/livez")
  }

  @Test func `a bad literal in the source traps`() async {
    await #expect(processExitsWith: .failure) {
      let pattern: RoutePattern = "livez"
      _ = pattern
    }
  }
}
