import TensorCoding
import TestSupport
import Testing

@Suite struct JSONDocumentTests {
  @Test(arguments: [
    ("null", "null"), (" true ", "true"), ("false", "false"), ("\t\r\n 12 \n", "12"),
    ("1.5", "1.5"), ("-1e2", "-100.0"), ("\"\"", "''"), ("{\"\":0}", "{: 0}"),
    ("\"a\\u00e9\\n\\/\\\\\\\"\\b\\f\\r\\t\"", "'aé\n/\\\"\u{8}\u{c}\r\t'"),
    ("\"\\ud83d\\ude00\\u0000\\uFFFF\"", "'😀\0\u{FFFF}'"),
    ("\"\u{7f}\u{2028}é😀\"", "'\u{7f}\u{2028}é😀'"),
    ("[]", "[]"), ("[ ]", "[]"), ("{}", "{}"), ("{ }", "{}"), ("[[],[]]", "[[], []]"),
    ("[1,2,3]", "<[3]i 1.0 2.0 3.0>"), ("[1.5]", "<[1] 1.5>"),
    ("[[1,2],[3,4],[5,6]]", "<[3, 2]i 1.0 2.0 3.0 4.0 5.0 6.0>"),
    ("[[[1],[2]],[[3],[4]]]", "<[2, 2, 1]i 1.0 2.0 3.0 4.0>"),
    ("{\"a\":{\"b\":[1]},\"c\":null}", "{a: {b: <[1]i 1.0>}, c: null}"),
    ("[{\"a\":1},{\"a\":1}]", "[{a: 1}, {a: 1}]"),
  ])
  func `reads`(text: String, picture: String) throws {
    #expect(picture == describe(try parse(text)))
  }

  @Test(arguments: [
    ("[[1,2],[3]]", "[<[2]i 1.0 2.0>, <[1]i 3.0>]"),
    ("[[1],[2],[3],4]", "[<[1]i 1.0>, <[1]i 2.0>, <[1]i 3.0>, 4]"),
    ("[[1],[2],[3],\"a\"]", "[<[1]i 1.0>, <[1]i 2.0>, <[1]i 3.0>, 'a']"),
    ("[[1],[2],[3],{}]", "[<[1]i 1.0>, <[1]i 2.0>, <[1]i 3.0>, {}]"),
    ("[[1],[2],[\"x\",[7]],[8]]", "[<[1]i 1.0>, <[1]i 2.0>, ['x', <[1]i 7.0>], <[1]i 8.0>]"),
    ("[1,2.5,\"a\",3]", "[1, 2.5, 'a', 3]"), ("[1,[2]]", "[1, <[1]i 2.0>]"),
    ("[1,[2],3,[4]]", "[1, <[1]i 2.0>, 3, <[1]i 4.0>]"), ("[null,1]", "[null, 1]"),
    ("[[[1,2],[3,4]],[[5,6],[7]]]", "[<[2, 2]i 1.0 2.0 3.0 4.0>, [<[2]i 5.0 6.0>, <[1]i 7.0>]]"),
    (
      "[[[1,2],[3,4]],[[5,6]],[[7,8]]]",
      "[<[2, 2]i 1.0 2.0 3.0 4.0>, <[1, 2]i 5.0 6.0>, <[1, 2]i 7.0 8.0>]"
    ),
    (
      "[[[1]],[[2]],[[3],[4]],[[5]]]",
      "[<[1, 1]i 1.0>, <[1, 1]i 2.0>, <[2, 1]i 3.0 4.0>, <[1, 1]i 5.0>]"
    ),
    ("[[],1]", "[[], 1]"), ("[[],[1]]", "[[], <[1]i 1.0>]"), ("[[1],[]]", "[<[1]i 1.0>, []]"),
    ("[[1],[2.5],[3],\"a\"]", "[<[1]i 1.0>, <[1] 2.5>, <[1] 3.0>, 'a']"),
    ("[[1,true],[2,3]]", "[[1, true], <[2]i 2.0 3.0>]"), ("[-0,\"\"]", "[0, '']"),
  ])
  func `keeps ragged and mixed arrays apart`(text: String, picture: String) throws {
    #expect(picture == describe(try parse(text)))
  }

  @Test func `exposes integers exactly`() throws {
    guard
      case .object(let object) = try parse(
        #"{"most":9223372036854775807,"least":-9223372036854775808,"odd":9007199254740993}"#)
    else { throw Failure() }
    let integers = object.members.compactMap {
      guard case .number(let number) = $0.value else { return nil as Int64? }
      return number.integer
    }
    #expect(integers == [.max, .min, 9_007_199_254_740_993])
  }

  @Test(arguments: ["1.0", "1e3", "9223372036854775808", "-9223372036854775809"])
  func `exposes no integer where none fits or none was written`(text: String) throws {
    guard case .number(let number) = try parse(text) else { throw Failure() }
    #expect(number.integer == nil)
    #expect(Double(text) == number.double)
  }

  @Test func `keeps the sign of zero`() throws {
    for text in ["-0", "-0.0", "-0e5"] {
      guard case .number(let number) = try parse(text) else { throw Failure() }
      #expect(number.double == 0 && number.double.sign == .minus)
    }
    guard case .numbers(let numbers) = try parse("[-0,0]") else { throw Failure() }
    #expect(numbers.values[0].sign == .minus && !numbers.isInteger)
  }

  @Test func `reads long strings, escapes, numbers and spaces`() throws {
    // The scanner works on blocks of 64 bytes: all of these cross every kind of border.
    var generator = SeededGenerator(seed: 11)
    for round in 0..<20 {
      var text = "["
      var expected: [String] = []
      while text.utf8.count < 200_000 {
        let size = Int.random(in: 0...(round < 10 ? 40 : 70_000), using: &generator)
        if Bool.random(using: &generator) {
          let words = ["\\\\", "\\\"", "x", "é", ",", "]", "[", "{"]
          let word = words.randomElement(using: &generator) ?? ""
          text += "\"" + String(repeating: word, count: size / 2) + "\",\n"
          let plain = ["\\\\": "\\", "\\\"": "\""][word] ?? word
          expected.append("'" + String(repeating: plain, count: size / 2) + "'")
        } else {
          text += String(repeating: " ", count: size) + "\(size),"
          expected.append("\(size)")
        }
      }
      text += "null]"
      let value = try parse(text)
      #expect(describe(value) == "[" + expected.joined(separator: ", ") + ", null]", "\(round)")
    }
  }

  @Test func `needs no slack behind the document`() throws {
    let texts = [
      "12", "-1.5e10", "true", "null", "\"abc\"", "[1]", "[1,2", "1234567890123456789012", "tru",
      "\"abc", "\"a\\", "\"a\\u12", "-", "1e", "1.", "{\"a\":1", "[\"\\ud83d\\ude00\"]", "[1 ", "é",
      String(repeating: " ", count: 130) + "7",
      "[" + String(repeating: "1.25,", count: 3000) + "1]",
    ]
    for text in texts {
      for placement in GuardedBytes.Placement.allCases {
        for length in stride(from: text.utf8.count, through: 0, by: text.utf8.count > 99 ? -97 : -1)
        {
          let bytes = try #require(GuardedBytes(Array(text.utf8.prefix(length)), placement))
          let guarded = Result { try JSONDocument.parse(bytes.bytes) }.map(describe)
          let plain = Result { try parse(Array(text.utf8.prefix(length))) }.map(describe)
          #expect((try? guarded.get()) == (try? plain.get()))
        }
      }
    }
  }
}
