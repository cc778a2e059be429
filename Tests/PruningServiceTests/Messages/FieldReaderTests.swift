import TensorCoding
import Testing

@testable import PruningService

@Suite struct FieldReaderTests {
  private func reader(_ text: String) throws -> FieldReader {
    try FieldReader(JSONDocument.parse(text.utf8Bytes), at: .root.appending("here"))
  }

  @Test func `reads members of each type`() throws {
    var fields = try reader(
      #"{"s": "text", "i": -3, "r": 2.5, "w": 7, "d": 2.0, "t": true, "a": [1, "x"], "n": [4, 5]}"#)
    #expect(try fields.string("s") == "text")
    #expect(try fields.integer("i", in: -5...5) == -3)
    #expect(try fields.integer("d", in: 0...5) == 2)
    #expect(try fields.number("r") == 2.5)
    #expect(try fields.number("w") == 7)
    #expect(try fields.boolean("t") == true)
    #expect(try fields.array("a")?.count == 2)
    #expect(try fields.array("n")?.count == 2)
    try fields.finish()
  }

  @Test func `an absent member is nil`() throws {
    var fields = try reader("{}")
    #expect(try fields.string("s") == nil)
    #expect(try fields.integer("i", in: 0...1) == nil)
    #expect(try fields.number("r") == nil)
    #expect(try fields.boolean("t") == nil)
    #expect(try fields.array("a") == nil)
    #expect(fields.value("v") == nil)
  }

  @Test(
    arguments: [
      #"{"k": null}"#, #"{"k": "1"}"#, #"{"k": 1.5}"#, #"{"k": 1e2}"#, #"{"k": 11}"#,
      #"{"k": -1}"#, #"{"k": 99999999999999999999}"#, #"{"k": [1]}"#, #"{"k": true}"#,
    ])
  func `a whole number is written as one and in range`(text: String) throws {
    var fields = try reader(text)
    let problem = #expect(throws: ServiceProblem.self) { try fields.integer("k", in: 0...10) }
    #expect(problem?.type == .valueOutOfRange)
    #expect(problem?.pointer == "/here/k")
  }

  @Test func `other types are refused with the pointer`() throws {
    var fields = try reader(#"{"k": {}, "b": 1}"#)
    #expect(throws: ServiceProblem.self) { try fields.string("k") }
    #expect(throws: ServiceProblem.self) { try fields.number("k") }
    #expect(throws: ServiceProblem.self) { try fields.boolean("b") }
    let problem = #expect(throws: ServiceProblem.self) { try fields.array("k") }
    #expect(problem?.pointer == "/here/k")
  }

  @Test func `a string has a largest length in code points, as in JSON Schema`() throws {
    var fields = try reader(
      "{\"fits\": \"\(String(repeating: "é", count: 256))\", "
        + "\"long\": \"\(String(repeating: "é", count: 256))x\"}")
    #expect(try fields.string("fits")?.count == 256)
    #expect(throws: ServiceProblem.self) { try fields.string("long") }
  }

  @Test func `every unread member is told`() throws {
    var fields = try reader(#"{"a": 1, "b/c": 2, "d~": 3}"#)
    _ = fields.value("a")
    let problem = #expect(throws: ServiceProblem.self) { try fields.finish() }
    #expect(problem?.errors.map(\.pointer) == ["/here/b~1c", "/here/d~0"])
    #expect(fields.unreadKeys == ["b/c", "d~"])
  }

  @Test(arguments: ["[]", "1", "null", #""text""#])
  func `only an object has members`(text: String) throws {
    let problem = #expect(throws: ServiceProblem.self) { try reader(text) }
    #expect(problem?.pointer == "/here")
  }

  @Test func `nothing counts as an object without members`() throws {
    try FieldReader(nil, at: .root).finish()
  }
}

extension String {
  /// The bytes of the text; literals live as long as the program.
  fileprivate var utf8Bytes: RawSpan {
    @_lifetime(borrow self)
    get {
      // The bytes of a string's UTF-8 are all initialised.
      unsafe utf8Span.span.bytes
    }
  }
}
