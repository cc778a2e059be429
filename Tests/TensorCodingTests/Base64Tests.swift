import Foundation
import TensorCoding
import TestSupport
import Testing

@Suite struct Base64Tests {
  @Test(arguments: [
    ("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg=="),
    ("fooba", "Zm9vYmE="), ("foobar", "Zm9vYmFy"), ("\u{0}\u{0}", "AAA="), ("???>>>", "Pz8/Pj4+"),
  ])
  func `agrees with the test vectors of RFC 4648`(plain: String, coded: String) throws {
    #expect(try Base64.decode(coded) == Array(plain.utf8))
    // Bytes have no padding between them.
    #expect(Base64.encode(unsafe Array(plain.utf8).span.bytes) == coded)
  }

  @Test func `agrees with Foundation at every length`() throws {
    let seed: UInt64 = 3
    var generator = SeededGenerator(seed: seed)
    for length in Array(0..<200) + [4095, 4096, 4097, 70_001] {
      let bytes = (0..<length).map { _ in UInt8.random(in: 0...255, using: &generator) }
      let text = Base64.encode(unsafe bytes.span.bytes)
      #expect(text == Data(bytes).base64EncodedString(), "seed \(seed)")
      #expect(try Base64.decode(text) == bytes, "seed \(seed)")
      var writer = JSONWriter()
      writer.value(base64: unsafe bytes.span.bytes)
      #expect(writer.bytes == Array("\"\(text)\"".utf8), "seed \(seed)")
    }
  }

  @Test(arguments: [
    ("A", CodingError.Code.invalidBase64Length, 1), ("AAA", .invalidBase64Length, 3),
    ("AAAAA", .invalidBase64Length, 5), ("AA=", .invalidBase64Length, 3),
    ("====", .invalidBase64Padding, 0), ("A===", .invalidBase64Padding, 1),
    ("AA=A", .invalidBase64Padding, 2), ("AA==AAAA", .invalidBase64Padding, 2),
    ("AAA=AAAA", .invalidBase64Padding, 3), ("=AAA", .invalidBase64Padding, 0),
    ("AB==", .base64TrailingBits, 1), ("AAB=", .base64TrailingBits, 2),
    ("//==", .base64TrailingBits, 1),
    ("AA A", .invalidBase64Character, 2), ("AAA\n", .invalidBase64Character, 3),
    ("AA-_", .invalidBase64Character, 2), ("AAAé", .invalidBase64Length, 5),
    ("AAé", .invalidBase64Character, 2), ("A\0AA", .invalidBase64Character, 1),
    ("AAAAAAAAAAAAAAAAAAAAAAA!AAAA", .invalidBase64Character, 23),
    ("AAAAAAAA!AAAAAAAAAAAAAAAAAAA", .invalidBase64Character, 8),
    ("A*==", .invalidBase64Character, 1),
    ("A*A=", .invalidBase64Character, 1),
  ])
  func `refuses`(text: String, code: CodingError.Code, offset: Int) {
    let error = refusal { () throws(CodingError) in try Base64.decode(text) }
    #expect(error?.code == code)
    #expect(error?.offset == offset)
    #expect(error?.format == .base64 && error?.fault == .malformed)
  }

  @Test func `accepts nothing but the alphabet at every place of a long text`() throws {
    let text = Array(String(repeating: "ABCDwxyz0189+/ab", count: 4).utf8)
    for index in text.indices {
      for byte in UInt8.min...UInt8.max {
        var damaged = text
        damaged[index] = byte
        let isAlphabet =
          byte < 128
          && (Character(Unicode.Scalar(byte)).isLetter || Character(Unicode.Scalar(byte)).isNumber
            || byte == 43 || byte == 47)
        let isPadding = byte == UInt8(ascii: "=") && index == text.count - 1
        let size = Base64.decodedByteCount(unsafe damaged.span.bytes)
        var bytes = [UInt8](repeating: 0, count: size)
        let error = refusal { () throws(CodingError) in
          var span = bytes.mutableSpan
          var target = unsafe span.mutableBytes
          try Base64.decode(unsafe damaged.span.bytes, into: &target)
        }
        if isPadding { continue }
        #expect((error == nil) == isAlphabet)
        if let error { #expect(error.offset == index) }
      }
    }
  }

  @Test func `reads and writes no byte too many`() throws {
    for length in 0..<80 {
      let text = Base64.encode(unsafe [UInt8](repeating: 0xA5, count: length).span.bytes)
      for placement in GuardedBytes.Placement.allCases {
        let source = try #require(GuardedBytes(Array(text.utf8), placement))
        var bytes = [UInt8](repeating: 0xEE, count: length + 8)
        var span = bytes.mutableSpan
        var all = unsafe span.mutableBytes
        var target = all._mutatingExtracting(0..<length)
        try Base64.decode(source.bytes, into: &target)
        #expect(
          bytes == [UInt8](repeating: 0xA5, count: length) + [UInt8](repeating: 0xEE, count: 8))
      }
    }
  }
}
