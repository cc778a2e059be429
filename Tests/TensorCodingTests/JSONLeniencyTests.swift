import TensorCoding
import TestSupport
import Testing

/// What a reader that converts values on demand lets pass unless each of them is visited.
@Suite struct JSONLeniencyTests {
  @Test(arguments: [
    "[1 2]", "{\"a\":1 \"b\":2}", "{\"a\" 1}", "{\"a\"::1}", "{\"a\":1,,\"b\":2}", "[1,]",
    "{\"a\":1,}",
    "[,1]", "{,\"a\":1}", "[1,,2]", "truex", "true1", "tru", "falsee", "fals", "nul", "nulll",
    "[truefalse]", "[true\"\"]", "[null\"\"]", "TRUE", "-", "[-]", "01", "-01", "1.", "[1.]", ".5",
    "-.5", "+1", "1e", "1e+", "1.e1", "1E-", "0x1", "1f", "1\"a\"", "[1\"a\"]", "\"\\x\"",
    "\"\\ud800\"", "\"\\udc00\"", "{\"\\x\":1}", "{\"\\ud800\":1}", "[1]]", "[[1]", "{}{}", "{}}",
    "[1][2]", "],[", "][", "\"a\"\"b\"", "[\"a\"\"b\"]", "\"a\"b", "\"a\"1",
    "{\"a\":1]", "[1}", "{1}", "{\"a\"}", "{\"a\":}", "{:1}", "{null:1}", "{[]:1}", "[:]", "[1:2]",
    "{\"a\":1:2}", "NaN", "-NaN", "nan", "Infinity", "-Infinity", "inf", "undefined", "'a'",
    "{'a':1}",
    "{a:1}", "//\n1", "/**/1", "1//", "[1/**/,2]", "#1", "1;", "`1`", "\\1", "1\\", "[1\\]", "\\",
  ])
  func `refuses`(text: String) {
    #expect(refusal { () throws(CodingError) in try parse(text) } != nil)
    // Deeper in a document that is otherwise fine.
    for (before, after) in [("[0,", "]"), ("{\"k\":[{\"m\":", "}],\"n\":[1,2]}")] {
      #expect(refusal { () throws(CodingError) in try parse(before + text + after) } != nil)
    }
  }

  @Test(arguments: ["1,2", "[1],[2]", "\"a\",{}", "1,", ",1"])
  func `refuses several values, which brackets would make an array`(text: String) {
    #expect(refusal { () throws(CodingError) in try parse(text) } != nil)
  }

  static let whole = #"{"a":[1,-2.5e3,[true,null,false]],"b":{"c":"x\u00e9\n","d":[[1,2],[3,4]]}}"#

  @Test func `refuses every document that is not closed`() {
    for length in 0..<Self.whole.utf8.count {
      let text = Array(Self.whole.utf8.prefix(length))
      #expect(refusal { () throws(CodingError) in try parse(text) } != nil, "\(length)")
      #expect(refusal { () throws(CodingError) in try parse(text + Array(" ]".utf8)) } != nil)
    }
  }

  @Test func `takes four kinds of space between tokens and nothing else`() {
    let tokens = ["{", "\"a\"", ":", "[", "1", ",", "true", ",", "\"\"", "]", "}"]
    for byte in UInt8.min...UInt8.max where !Array(",:[]{}\"0123456789".utf8).contains(byte) {
      for place in 0...tokens.count {
        var text = Array(tokens[..<place].joined().utf8)
        text.append(byte)
        text += Array(tokens[place...].joined().utf8)
        let isRefused = refusal { () throws(CodingError) in try parse(text) } != nil
        // A minus sign before the number is one of its own.
        let isSign = byte == UInt8(ascii: "-") && place == 4
        let isSpace = [0x20, 0x09, 0x0A, 0x0D].contains(byte)
        #expect(isRefused == !(isSpace || isSign), "\(byte) at \(place)")
      }
    }
  }

  @Test func `refuses control characters in strings and keys`() {
    for byte in UInt8(0)..<0x20 {
      for (before, after) in [("\"a", "\""), ("{\"", "\":1}"), ("[\"\\\\", "\"]"), ("\"\\", "\"")] {
        let text = Array(before.utf8) + [byte] + Array(after.utf8)
        #expect(refusal { () throws(CodingError) in try parse(text) } != nil)
      }
    }
  }
}
