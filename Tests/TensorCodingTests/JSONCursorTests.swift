import TensorCoding
import Testing

@Suite struct JSONCursorTests {
  static func cursor(_ text: String) throws -> JSONCursor { JSONCursor(try parse(text)) }

  @Test func `reads members with their places`() throws {
    let object = try Self.cursor(#"{"a":{"b":[1,"x"]},"n":null,"t":true,"d":1.5}"#).object(
      allowing: nil)
    let elements = try object.required("a").object(allowing: ["b"]).required("b").array()
    #expect(elements.map(\.pointer.description) == ["/a/b/0", "/a/b/1"])
    #expect(try elements[0].integer() == 1 && elements[1].string() == "x")
    #expect(object["missing"] == nil)
    #expect(object["n"] != nil)
    #expect(try object.required("t").bool())
    #expect(try object.required("d").double() == 1.5)
  }

  static let refusals:
    [(String, @Sendable (JSONCursor) throws(CodingError) -> Void, CodingError.Code, String)] = [
      ("1", { c throws(CodingError) in _ = try c.string() }, .wrongType, ""),
      ("\"1\"", { c throws(CodingError) in _ = try c.integer() }, .wrongType, ""),
      ("1.0", { c throws(CodingError) in _ = try c.integer() }, .wrongType, ""),
      ("1e30", { c throws(CodingError) in _ = try c.integer() }, .valueOutOfRange, ""),
      (
        "9223372036854775808", { c throws(CodingError) in _ = try c.integer() }, .valueOutOfRange,
        ""
      ),
      ("5", { c throws(CodingError) in _ = try c.integer(in: 0...4) }, .valueOutOfRange, ""),
      ("null", { c throws(CodingError) in _ = try c.double() }, .wrongType, ""),
      ("0", { c throws(CodingError) in _ = try c.bool() }, .wrongType, ""),
      ("{}", { c throws(CodingError) in _ = try c.array() }, .wrongType, ""),
      ("[]", { c throws(CodingError) in _ = try c.object(allowing: nil) }, .wrongType, ""),
      (
        "{\"a\":1,\"b~\":2}", { c throws(CodingError) in _ = try c.object(allowing: ["a"]) },
        .unknownField, "/b~0"
      ),
      (
        "{}", { c throws(CodingError) in _ = try c.object(allowing: nil).required("a") },
        .missingField, "/a"
      ),
    ]

  @Test(arguments: refusals.indices)
  func `refuses`(index: Int) throws {
    let (text, read, code, pointer) = Self.refusals[index]
    let cursor = try Self.cursor(text)
    let error = refusal { () throws(CodingError) in try read(cursor) }
    #expect(error?.code == code && error?.pointer?.description == pointer)
    #expect(error?.fault == .invalid)
  }

  @Test func `lists unknown keys in order`() throws {
    guard case .object(let object) = try parse(#"{"z":1,"a":2,"y":3}"#) else { throw Failure() }
    #expect(object.unknownKeys(besides: ["a"]) == ["z", "y"])
    #expect(object.unknownKeys(besides: [], limit: 1) == ["z"])
  }

  @Test func `opens packed arrays level by level`() throws {
    let rows = try Self.cursor("[[1,2.5],[3,4]]").array()
    #expect(describe(rows[0].value) == "<[2] 1.0 2.5>")
    let numbers = try rows[0].array().map(\.value)
    #expect(numbers.map(describe) == ["1", "2.5"])
    guard case .numbers(let packed) = rows[1].value else { throw Failure() }
    #expect(packed.integers == nil, "the array as a whole holds a fraction")
    guard case .numbers(let whole) = try parse("[[3],[4]]") else { throw Failure() }
    #expect(whole.integers == nil && whole.isInteger, "only flat arrays have integers")
  }
}
