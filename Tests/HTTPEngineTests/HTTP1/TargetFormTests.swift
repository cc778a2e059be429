import Testing

@testable import HTTPEngine

@Suite struct TargetFormTests {
  static let parts: [(target: String, method: HTTPEngine.Method, parts: TargetParts)] = [
    ("/", .get, TargetParts(target: "/", path: "/", query: nil)),
    ("/a/b?c=d?e", .get, TargetParts(target: "/a/b?c=d?e", path: "/a/b", query: "c=d?e")),
    ("/a?", .get, TargetParts(target: "/a?", path: "/a", query: "")),
    ("/%41", .get, TargetParts(target: "/%41", path: "/%41", query: nil)),
    ("*", .options, TargetParts(target: "*", path: "*", query: nil)),
    (
      "http://a:80/b?c", .get,
      TargetParts(target: "http://a:80/b?c", path: "/b", query: "c", authority: "a:80")
    ),
    (
      "https://a?c", .get,
      TargetParts(target: "https://a?c", path: "/", query: "c", authority: "a")
    ),
    ("http://[::1]", .get, TargetParts(target: "http://[::1]", path: "/", authority: "[::1]")),
  ]

  @Test(arguments: parts)
  func `takes a target apart`(
    _ target: String, _ method: HTTPEngine.Method, _ expected: TargetParts
  ) throws {
    let found = try TargetForm.parts(Array(target.utf8).span, method: method)
    #expect(found == expected)
  }

  @Test(arguments: ["*", "a", "a:80", "http:/a", "http://", "http://a b/", "ws://a/", "/[", "//%"])
  func `refuses other forms`(_ target: String) {
    #expect(throws: MessageFault.target) {
      try TargetForm.parts(Array(target.utf8).span, method: .get)
    }
  }

  @Test func `prefers the authority in the target to the Host field`() throws {
    let head = try read("GET http://b:1/x HTTP/1.1\r\nHost: a\r\n\r\n")
    #expect(head.authority == "b:1")
    #expect(head.path == "/x")
    #expect(try read("GET /x HTTP/1.1\r\nHost: a\r\n\r\n").authority == "a")
  }

  private func read(_ text: String) throws -> RequestHead {
    let bytes = Array(text.utf8)
    var scanner = HeadScanner(limits: .init())
    let length = try #require(try scanner.scan(bytes.span))
    #expect(length == bytes.count)
    return try HeadReader.read(
      bytes.span, scanned: scanner, parser: HTTP1Parser(), info: .detached
    ).0
  }
}
