import TensorCoding
import Testing

@Suite struct JSONValueTests {
  @Test(arguments: [
    ("null", "null"), ("true", "boolean"), ("1", "number"), ("\"\"", "string"), ("[]", "array"),
    ("[1]", "array"), ("[\"\"]", "array"), ("{}", "object"),
  ])
  func `names its type`(text: String, name: String) throws {
    #expect(try parse(text).typeName == name)
  }

  @Test func `has elements only if it is an array`() throws {
    #expect(try parse("[]").elements?.count == 0)
    #expect(try parse("[1,2]").elements?.count == 2)
    #expect(try parse("[null]").elements?.count == 1)
    #expect(try parse("{}").elements == nil)
    #expect(try parse("\"ab\"").elements == nil)
  }

  @Test func `finds members by key`() throws {
    guard case .object(let object) = try parse(#"{"a":1,"b":{"a":2}}"#) else { throw Failure() }
    #expect(object["a"].map(describe) == "1")
    #expect(object["b"].map(describe) == "{a: 2}")
    #expect(object["c"] == nil)
    // Two spellings of one letter are two keys, here as in the parser's search for duplicates.
    guard case .object(let forms) = try parse("{\"\u{e9}\":1,\"e\u{301}\":2}") else {
      throw Failure()
    }
    #expect(forms["\u{e9}"].map(describe) == "1" && forms["e\u{301}"].map(describe) == "2")
    #expect(forms.unknownKeys(besides: ["\u{e9}"]).count == 1)
  }

  @Test func `makes numbers`() {
    #expect(JSONNumber(Int64(3)).integer == 3 && JSONNumber(Int64(3)).double == 3)
    #expect(JSONNumber(2.0).integer == nil)
  }
}
