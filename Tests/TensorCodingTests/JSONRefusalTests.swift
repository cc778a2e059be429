import TensorCoding
import TestSupport
import Testing

@Suite struct JSONRefusalTests {
  struct Case: Sendable, CustomTestStringConvertible {
    let text: String
    let code: CodingError.Code
    let offset: Int?
    let pointer: String
    var testDescription: String { text.debugDescription }

    init(_ text: String, _ code: CodingError.Code, _ offset: Int?, _ pointer: String = "") {
      self.text = text
      self.code = code
      self.offset = offset
      self.pointer = pointer
    }
  }

  static let grammar = [
    Case("", .emptyDocument, 0), Case(" \n", .emptyDocument, 2),
    Case("nul", .unexpectedToken, 0), Case("nulll", .unexpectedToken, 0),
    Case("True", .unexpectedToken, 0), Case("true1", .unexpectedToken, 0),
    Case("undefined", .unexpectedToken, 0), Case("'a'", .unexpectedToken, 0),
    Case("NaN", .unexpectedToken, 0), Case("Infinity", .unexpectedToken, 0),
    Case("-Infinity", .invalidNumber, 0), Case("[-NaN]", .invalidNumber, 1, "/0"),
    Case("[inf]", .unexpectedToken, 1, "/0"), Case("+1", .unexpectedToken, 0),
    Case("01", .invalidNumber, 0), Case("-01", .invalidNumber, 0), Case("00", .invalidNumber, 0),
    Case("-", .invalidNumber, 0), Case("--1", .invalidNumber, 0), Case("1.", .invalidNumber, 0),
    Case("[1.]", .invalidNumber, 1, "/0"), Case("1.e5", .invalidNumber, 0),
    Case(".5", .unexpectedToken, 0), Case("-.5", .invalidNumber, 0), Case("1e", .invalidNumber, 0),
    Case("1e+", .invalidNumber, 0), Case("1e5.5", .invalidNumber, 0),
    Case("0x10", .invalidNumber, 0),
    Case("1_000", .invalidNumber, 0), Case("1a", .invalidNumber, 0), Case("1é", .invalidNumber, 0),
    Case("1\0", .invalidNumber, 0), Case("1.2.3", .invalidNumber, 0),
    Case("1-2", .invalidNumber, 0),
    Case("[0e]", .invalidNumber, 1, "/0"), Case("[1,2.3.4]", .invalidNumber, 3, "/1"),
    Case("[", .unexpectedEnd, 1), Case("{", .unexpectedEnd, 1),
    Case("[1", .unexpectedEnd, 2),
    Case("[1,", .unexpectedEnd, 3, "/1"), Case("{\"a\"", .unexpectedEnd, 4),
    Case("{\"a\":", .unexpectedEnd, 5, "/a"), Case("{\"a\":1", .unexpectedEnd, 6),
    Case("{\"a\":1,", .unexpectedEnd, 7),
    Case("]", .unexpectedToken, 0), Case("}", .unexpectedToken, 0), Case(",", .unexpectedToken, 0),
    Case(":", .unexpectedToken, 0), Case("[1}", .unexpectedToken, 2, "/1"),
    Case("{]", .unexpectedToken, 1), Case("[,1]", .unexpectedToken, 1, "/0"),
    Case("[1,]", .unexpectedToken, 3, "/1"), Case("[1,,2]", .unexpectedToken, 3, "/1"),
    Case("[1 2]", .unexpectedToken, 3, "/1"), Case("[\"a\"\"b\"]", .unexpectedToken, 4, "/1"),
    Case("[\"a\"b]", .unexpectedToken, 4, "/1"), Case("[1\"a\"]", .invalidNumber, 1, "/0"),
    Case("{\"a\":true\"b\":1}", .unexpectedToken, 5, "/a"),
    Case("[1:2]", .unexpectedToken, 2, "/1"), Case("{1:2}", .unexpectedToken, 1),
    Case("{a:1}", .unexpectedToken, 1), Case("{\"a\" 1}", .unexpectedToken, 5),
    Case("{\"a\":1,}", .unexpectedToken, 7), Case("{,}", .unexpectedToken, 1),
    Case("{\"a\",\"b\"}", .unexpectedToken, 4), Case("{\"a\":}", .unexpectedToken, 5, "/a"),
    Case("{\"a\":1 \"b\":2}", .unexpectedToken, 7), Case("[1/*c*/]", .invalidNumber, 1, "/0"),
    Case("/**/1", .unexpectedToken, 0), Case("#1", .unexpectedToken, 0),
    Case("1 2", .trailingContent, 2), Case("{}{}", .trailingContent, 2),
    Case("[]]", .trailingContent, 2),
    Case("null,", .trailingContent, 4), Case("\"a\"b", .trailingContent, 3),
    Case("[]\0", .trailingContent, 2),
    Case("\u{a0}1", .unexpectedToken, 0), Case("[\u{2028}]", .unexpectedToken, 1, "/0"),
    Case("\u{b}1", .unexpectedToken, 0), Case("\u{FEFF}1", .byteOrderMark, 0),
    Case("[\u{FEFF}]", .unexpectedToken, 1, "/0"),
  ]

  // The scanner that finds the first two looks at all of the text, and does not say where.
  static let strings = [
    Case("\"", .unterminatedString, nil), Case("\"abc", .unterminatedString, nil),
    Case("[1,\"abc\\\"", .unterminatedString, nil), Case("{\"a", .unterminatedString, nil),
    Case("\"a\nb\"", .controlCharacter, nil), Case("[\"\0\"]", .controlCharacter, nil),
    Case("\"\u{1f}\"", .controlCharacter, nil), Case("[1,\"\\\\\",\"\t\"]", .controlCharacter, nil),
    Case("\"\\x\"", .invalidEscape, 0), Case("\"\\u12\"", .invalidEscape, 0),
    Case("\"\\u12g4\"", .invalidEscape, 0), Case("\"\\U0041\"", .invalidEscape, 0),
    Case("\"\\'\"", .invalidEscape, 0), Case("\"\\0\"", .invalidEscape, 0),
    Case("\"ab\\ud800\"", .invalidEscape, 0), Case("\"\\udc00\"", .invalidEscape, 0),
    Case("\"\\ud800x\"", .invalidEscape, 0), Case("\"\\ud800\\u0041\"", .invalidEscape, 0),
    Case("\"\\ud800\\ud800\"", .invalidEscape, 0), Case("{\"\\q\":1}", .invalidEscape, 1),
    Case("[0,{\"a/b~c\":\"\\q\"}]", .invalidEscape, 12, "/1/a~1b~0c"),
  ]

  static let duplicates = [
    Case("{\"a\":1,\"a\":2}", .duplicateKey, 7, "/a"),
    Case("{\"a\":1,\"\\u0061\":2}", .duplicateKey, 7, "/a"),
    Case("{\"\":1,\"\":2}", .duplicateKey, 6, "/"),
    Case("{\"b\":1,\"a\":2,\"c\":3,\"a\":4,\"b\":5}", .duplicateKey, 19, "/a"),
    Case("{\"x\":[0,{\"k/\":{},\"k/\":{}}]}", .duplicateKey, 17, "/x/1/k~1"),
  ]

  static let overflows = [
    Case("1e400", .numberOverflow, 0), Case("[1,-1e309]", .numberOverflow, 3, "/1"),
    Case("{\"a\":1.7976931348623159e308}", .numberOverflow, 5, "/a"),
    Case("[" + String(repeating: "9", count: 310) + "]", .numberOverflow, 1, "/0"),
    Case("1e999999999999999999999999", .numberOverflow, 0), Case("0.001e400", .numberOverflow, 0),
  ]

  @Test(arguments: grammar + strings + duplicates + overflows)
  func `refuses`(example: Case) throws {
    let error = try #require(refusal { () throws(CodingError) in try parse(example.text) })
    #expect(error.code == example.code)
    #expect(error.offset == example.offset)
    #expect((error.pointer?.description ?? "") == example.pointer)
    #expect(error.fault == .malformed && error.format == .json)
  }

  static let notUTF8: [[UInt8]] = [
    [0x22, 0xFF, 0x22], [0x22, 0xC3, 0x22], [0x22, 0xC0, 0xAF, 0x22],
    [0x22, 0xED, 0xA0, 0x80, 0x22], [0x22, 0xF4, 0x90, 0x80, 0x80, 0x22],
    [0x22, 0x80, 0x22], [0x22, 0xE2, 0x82], [0x5B, 0xC3, 0xA9, 0xFE, 0x5D],
    [0xFF, 0xFE, 0x31, 0x00], [0x22, 0xF0, 0x80, 0x80, 0x80, 0x22],
  ]

  @Test(arguments: notUTF8)
  func `refuses bytes that are not UTF-8`(bytes: [UInt8]) throws {
    let error = try #require(refusal { () throws(CodingError) in try parse(bytes) })
    // An unclosed string may be what is seen first.
    #expect(error.code == .invalidUTF8 || bytes.last != 0x22 && error.code == .unterminatedString)
    #expect(error.offset == nil)
  }

  @Test func `refuses a number that is too small only to zero`() throws {
    for text in ["1e-400", "0.\(String(repeating: "0", count: 400))1", "-1e-999999999999999"] {
      guard case .number(let number) = try parse(text) else { throw Failure() }
      #expect(number.double == 0)
    }
  }

  @Test func `finds faults far behind the beginning`() throws {
    let padding = String(repeating: "\"é\\n\",1.5,", count: 40_000)
    let start = padding.utf8.count + 1
    for (tail, code, offset) in [
      ("1 2]", CodingError.Code.unexpectedToken, Int?(2)), ("\"\u{1}\"]", .controlCharacter, nil),
      ("\"abc", .unterminatedString, nil), ("01]", .invalidNumber, 0), ("1]]", .trailingContent, 2),
    ] {
      let error = try #require(
        refusal { () throws(CodingError) in try parse("[\(padding)\(tail)") })
      #expect(error.code == code)
      #expect(error.offset == offset.map { start + $0 })
    }
    var bytes = Array("[\(padding)\"".utf8)
    bytes += [0xC3, 0x22, 0x5D]
    let error = try #require(refusal { () throws(CodingError) in try parse(bytes) })
    #expect(error.code == .invalidUTF8)
  }

  @Test func `refuses every prefix and survives every damaged byte`() throws {
    let text = Array(#"{"a":[1,-2.5e3,[true,null]],"b":{"c":"x\u00e9\n","d":[[1,2],[3,4]]}}"#.utf8)
    for length in text.indices {
      #expect(refusal { () throws(CodingError) in try parse(Array(text.prefix(length))) } != nil)
    }
    for index in text.indices {
      for byte in UInt8.min...UInt8.max {
        var damaged = text
        damaged[index] = byte
        _ = refusal { () throws(CodingError) in try parse(damaged) }
      }
    }
  }
}
