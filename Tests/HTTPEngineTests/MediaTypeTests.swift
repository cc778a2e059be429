import Testing

@testable import HTTPEngine

struct MediaTypeTests {
  @Test(
    arguments: [
      ("application/json", "application/json"), ("APPLICATION/Json", "application/json"),
      (" text/html ; charset=UTF-8", "text/html; charset=UTF-8"),
      ("text/html;Charset=\"utf-8\"", "text/html; charset=utf-8"),
      ("text/plain; a=\"x \\\"y\\\\\"", "text/plain; a=\"x \\\"y\\\\\""),
      ("text/plain; a=\"\"", "text/plain; a=\"\""), ("text/plain;", "text/plain"),
      ("text/plain; ; a=b ;", "text/plain; a=b"),
      ("application/vnd.safetensors+x", "application/vnd.safetensors+x"),
      ("text/plain; a=\"é\"", "text/plain; a=\"é\""),
    ])
  func `reads`(text: String, canonical: String) throws {
    let mediaType = try #require(MediaType(parsing: text))
    #expect(mediaType.description == canonical)
    #expect(MediaType(parsing: canonical) == mediaType)
  }

  @Test(
    arguments: [
      "", " ", "application", "application/", "/json", "application json", "a/b/c", "a/b c",
      "a/b; c", "a/b; c=", "a/b; =d", "a/b; c= d", "a/b; c =d", "a/b; c=\"d", "a/b; c=\"d\\",
      "a/b; c=\"\u{1}\"", "a/b; c=d e", "a/b, c/d", "a/b; c=1; C=2", "ä/b", "a/b\u{0}",
    ])
  func `refuses`(text: String) {
    #expect(MediaType(parsing: text) == nil)
  }

  @Test func `finds parameters whatever the case of their names`() throws {
    let mediaType = try #require(MediaType(parsing: "multipart/form-data; Boundary=AbC"))
    #expect(mediaType[parameter: "bOUNDARY"] == "AbC")
    #expect(mediaType[parameter: "charset"] == nil)
    #expect(mediaType.essence == "multipart/form-data")
  }

  @Test(
    arguments: [
      ("a/b", true), ("a/b; charset=utf-8", true), ("a/b; charset=UTF8", true),
      ("a/b; charset=US-ASCII", true), ("a/b; charset=iso-8859-1", false),
      ("a/b; charset=utf-16", false), ("a/b; charset=\"\"", false),
    ])
  func `knows what is UTF-8`(text: String, isUTF8: Bool) throws {
    #expect(try #require(MediaType(parsing: text)).isUTF8 == isUTF8)
  }

  @Test func `compares without parameters`() {
    let json = MediaType("Application", "JSON", parameters: [.init(name: "Charset", value: "x")])
    #expect(json.hasSameEssence(as: .json))
    #expect(json != .json)
    #expect(json.charset == "x")
    #expect(!json.hasSameEssence(as: .problemJSON))
  }

  @Test func `reads every prefix of a field value without a trap`() {
    let text = " text/plain; a=\"x \\\"y\\\\\"; b=c"
    for end in text.indices { _ = MediaType(parsing: String(text[..<end])) }
    #expect(MediaType(parsing: text) != nil)
  }
}
