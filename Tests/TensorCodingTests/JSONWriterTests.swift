import TensorCoding
import TestSupport
import Testing

@Suite struct JSONWriterTests {
  static func text(_ write: (inout JSONWriter) -> Void) -> String {
    var writer = JSONWriter(reserving: 0)
    write(&writer)
    return String(decoding: writer.bytes, as: UTF8.self)
  }

  @Test func `places commas`() {
    let text = Self.text {
      $0.object {
        $0.field("a", 1)
        $0.field("b", "x")
        $0.key("c")
        $0.array {
          $0.value(1)
          $0.array { _ in }
          $0.object { _ in }
          $0.null()
          $0.value([1, 2])
          $0.value([Int]())
        }
        $0.field("d", true)
        $0.field("e", 0.5)
        $0.key("f")
        $0.raw("{}")
        $0.key("g")
        $0.value(Float(0.1))
      }
    }
    #expect(text == #"{"a":1,"b":"x","c":[1,[],{},null,[1,2],[]],"d":true,"e":0.5,"f":{},"g":0.1}"#)
  }

  @Test(arguments: [0, 1, 7, 8, 9, 511, 512, 513, 1024, 1025])
  func `keys and strings of every length keep quotes, colons and commas`(count: Int) {
    for character in ["x", "\"", "\u{1}"] {
      let escaped = character == "x" ? "x" : character == "\"" ? "\\\"" : "\\u0001"
      let (text, written) = (
        String(repeating: character, count: count), String(repeating: escaped, count: count)
      )
      let object = Self.text {
        $0.object {
          $0.field(text, text)
          $0.field("b" + text, 1)
        }
      }
      #expect(object == "{\"\(written)\":\"\(written)\",\"b\(written)\":1}")
      #expect(
        Self.text { $0.array { for _ in 0..<2 { $0.value(text) } } }
          == "[\"\(written)\",\"\(written)\"]")
    }
  }

  @Test func `lists of several pieces have one comma between numbers`() {
    let integers = [Int32](repeating: 7, count: 600)
    let span = integers.span
    // Integers have no padding.
    let bytes = unsafe span.bytes
    let list = "[" + integers.map { "\($0)" }.joined(separator: ",") + "]"
    #expect(
      Self.text {
        $0.array {
          $0.value(1)
          $0.value(span)
          $0.value(base64: bytes.extracting(0..<3))
          $0.value(2)
        }
      } == "[1,\(list),\"BwAA\",2]")
  }

  @Test func `begun and ended by hand or by a closure is the same`() {
    let text = Self.text {
      $0.beginObject()
      $0.key("a")
      $0.beginArray()
      $0.beginObject()
      $0.endObject()
      $0.value("x")
      $0.endArray()
      $0.field("b", 2)
      $0.endObject()
    }
    let same = Self.text {
      $0.object {
        $0.key("a")
        $0.array {
          $0.object { _ in }
          $0.value("x")
        }
        $0.field("b", 2)
      }
    }
    #expect(text == same && text == #"{"a":[{},"x"],"b":2}"#)
  }

  @Test(arguments: [0, 7, 10, -1, -90, 1_000_000, 99_999_999_999, .max, .min])
  func `writes integers in full`(integer: Int) {
    #expect(Self.text { $0.value([integer, integer]) } == "[\(integer),\(integer)]")
  }

  @Test func `escapes what must be escaped and nothing else`() throws {
    let all = String(String.UnicodeScalarView((0..<0x80).compactMap(Unicode.Scalar.init)))
    let text = Self.text { $0.value(all + "\u{2028}é😀/") }
    let controls =
      "\\u0000\\u0001\\u0002\\u0003\\u0004\\u0005\\u0006\\u0007\\b\\t\\n\\u000b\\f\\r\\u000e\\u000f"
    #expect(text.hasPrefix("\"" + controls + "\\u0010"))
    #expect(
      text.contains("\\u001f !\\\"#") && text.contains("[\\\\]")
        && text.hasSuffix("\u{7f}\u{2028}é😀/\""))
    guard case .string(let back) = try parse(text) else { throw Failure() }
    #expect(back == all + "\u{2028}é😀/")
    // Pieces of 512 bytes must not split what the escapes mean.
    let long = String(repeating: "é\"\\x", count: 1000)
    guard case .string(let read) = try parse(Self.text { $0.value(long) }) else { throw Failure() }
    #expect(read == long)
  }

  @Test(arguments: [
    (0.0, "0"), (-0.0, "-0"), (1, "1"), (-1.5, "-1.5"), (1e21, "1e+21"), (1e-7, "1e-07"),
    (0.1, "0.1"),
    (.greatestFiniteMagnitude, "1.7976931348623157e+308"), (.leastNonzeroMagnitude, "5e-324"),
    (.infinity, "null"),
    (-.infinity, "null"), (.nan, "null"), (9_007_199_254_740_992, "9007199254740992"),
  ])
  func `writes doubles shortest`(value: Double, text: String) {
    #expect(Self.text { $0.value(value) } == text)
  }

  @Test func `writes arrays that read back bit by bit`() throws {
    let seed: UInt64 = 13
    var generator = SeededGenerator(seed: seed)
    for count in [0, 1, 255, 256, 257, 5000] {
      let floats = (0..<count).map { _ in
        Float(bitPattern: UInt32.random(in: 0...UInt32.max, using: &generator))
      }.map { $0.isFinite ? $0 : 0.25 }
      let integers = (0..<count).map { _ in Int32.random(in: .min ... .max, using: &generator) }
      let bytes = (0..<count).map { _ in UInt8.random(in: 0...255, using: &generator) }
      let text = Self.text {
        $0.object {
          $0.key("f")
          $0.value(floats.span)
          $0.key("i")
          $0.value(integers.span)
          $0.key("u")
          $0.value(bytes.span)
        }
      }
      guard case .object(let object) = try parse(text) else { throw Failure() }
      func values(_ key: String) -> [Double] {
        guard case .numbers(let numbers)? = object[key] else { return [] }
        return numbers.values.indices.map { numbers.values[$0] }
      }
      #expect(values("f").map { Float($0).bitPattern } == floats.map(\.bitPattern), "seed \(seed)")
      #expect(values("i").map { Int32($0) } == integers, "seed \(seed)")
      #expect(values("u").map { UInt8($0) } == bytes, "seed \(seed)")
    }
    #expect(Self.text { $0.value([Float.nan, 1, -.infinity].span) } == "[null,1,null]")
    #expect(Self.text { $0.value([Int32.min, .max].span) } == "[-2147483648,2147483647]")
  }
}
