import TensorCoding
import Testing

/// A compact picture of a value, for tables of expectations.
func describe(_ value: JSONValue) -> String {
  switch value {
  case .null: "null"
  case .bool(let bool): "\(bool)"
  case .number(let number): number.integer.map { "\($0)" } ?? "\(number.double)"
  case .string(let string): "'\(string)'"
  case .array(let values): "[\(values.map(describe).joined(separator: ", "))]"
  case .object(let object):
    "{\(object.members.map { "\($0.key): \(describe($0.value))" }.joined(separator: ", "))}"
  case .numbers(let numbers):
    "<\(numbers.shape)\(numbers.isInteger ? "i" : "") "
      + numbers.values.indices.map { "\(numbers.values[$0])" }.joined(separator: " ") + ">"
  }
}

func parse(_ text: String, limits: CodingLimits = CodingLimits()) throws(CodingError) -> JSONValue {
  try parse(Array(text.utf8), limits: limits)
}

func parse(
  _ bytes: [UInt8], limits: CodingLimits = CodingLimits()
) throws(CodingError) -> JSONValue {
  try JSONDocument.parse(unsafe bytes.span.bytes, limits: limits)
}

@Suite struct JSONDocumentTests {
  @Test(arguments: [
    ("null", "null"), (" true ", "true"), ("false", "false"), ("12", "12"), ("-0", "0"),
    ("1.5", "1.5"), ("-1e2", "-100.0"), ("\"a\\u00e9\\n\"", "'aé\n'"), ("[]", "[]"), ("{}", "{}"),
    ("[[],[]]", "[[], []]"), ("[1,2,3]", "<[3]i 1.0 2.0 3.0>"), ("[1.5]", "<[1] 1.5>"),
    ("[[1,2],[3,4],[5,6]]", "<[3, 2]i 1.0 2.0 3.0 4.0 5.0 6.0>"),
    ("[[[1],[2]],[[3],[4]]]", "<[2, 2, 1]i 1.0 2.0 3.0 4.0>"),
    ("[[1,2],[3]]", "[<[2]i 1.0 2.0>, <[1]i 3.0>]"),
    ("[[1],[2],[3],4]", "[<[1]i 1.0>, <[1]i 2.0>, <[1]i 3.0>, 4]"),
    ("[[1],[2],[3],\"a\"]", "[<[1]i 1.0>, <[1]i 2.0>, <[1]i 3.0>, 'a']"),
    ("[[1],[2],[3],{}]", "[<[1]i 1.0>, <[1]i 2.0>, <[1]i 3.0>, {}]"),
    (
      "[[1],[2],[3],[\"x\",[7]],[8]]",
      "[<[1]i 1.0>, <[1]i 2.0>, <[1]i 3.0>, ['x', <[1]i 7.0>], <[1]i 8.0>]"
    ),
    ("[1,2.5,\"a\",3]", "[1, 2.5, 'a', 3]"), ("[1,[2]]", "[1, <[1]i 2.0>]"),
    (
      "[[[1,2],[3,4]],[[5,6],[7]]]",
      "[<[2, 2]i 1.0 2.0 3.0 4.0>, [<[2]i 5.0 6.0>, <[1]i 7.0>]]"
    ),
    ("{\"a\":{\"b\":[1]},\"c\":null}", "{a: {b: <[1]i 1.0>}, c: null}"),
    ("[{\"a\":1},{\"a\":1}]", "[{a: 1}, {a: 1}]"), ("[null,1]", "[null, 1]"),
    ("[[],1]", "[[], 1]"), ("[[],[1]]", "[[], <[1]i 1.0>]"), ("[[1],[]]", "[<[1]i 1.0>, []]"),
  ])
  func `reads`(text: String, picture: String) throws {
    #expect(describe(try parse(text)) == picture)
  }
}
