import Synchronization
import TensorCoding
import Tensors
import TestSupport
import Testing

/// Long texts in base64 that stay where the document lies.
@Suite struct JSONTextTests {
  /// Decodes to 48 KiB.
  private static let long = String(repeating: "q83v", count: 16 << 10)

  private static func document(key: String = "base64", _ text: String) -> [UInt8] {
    Array(#"{"dtype":"U8","shape":[\#(text.utf8.count / 4 * 3)],"\#(key)":"\#(text)"}"#.utf8)
  }

  private func member(_ document: [UInt8], _ key: String = "base64") throws -> JSONCursor {
    let cursor = JSONCursor(try JSONDocument.parse(stored(document)))
    return try cursor.object(allowing: nil).required(key)
  }

  private func stays(_ cursor: JSONCursor) -> Bool {
    if case .text = cursor.value { true } else { false }
  }

  @Test func `a long text stays and reads as any string`() throws {
    let member = try member(Self.document(Self.long))
    #expect(stays(member))
    #expect(member.value.typeName == "string")
    #expect(try member.string() == Self.long)
  }

  @Test(arguments: [
    (key: "base64", text: String(long.dropLast(4))), (key: "base64", text: ""),
    (key: "data", text: long), (key: "Base64", text: long),
  ])
  func `shorter ones and those of other keys are strings`(key: String, text: String) throws {
    let member = try member(Self.document(key: key, text), key)
    #expect(!stays(member))
    #expect(try member.string() == text)
  }

  @Test func `one with an escape is a string`() throws {
    let member = try member(Self.document(Self.long + #"\u0041AAA"#))
    #expect(!stays(member))
    #expect(try member.string() == Self.long + "AAAA")
  }

  @Test func `documents outside of storage have strings only`() throws {
    let object = try JSONCursor(try parse(Self.document(Self.long))).object(allowing: nil)
    #expect(try !stays(object.required("base64")))
  }

  @Test func `decodes to the same tensor as a string`() throws {
    let document = Self.document(Self.long)
    let here = try TensorJSON.decode(JSONCursor(JSONDocument.parse(stored(document))))
    let copied = try TensorJSON.decode(JSONCursor(try parse(document)))
    #expect(here.shape == copied.shape && here.dtype == copied.dtype)
    let bytes = unsafe here.bytes.withUnsafeBytes { unsafe Array($0) }
    #expect(bytes.prefix(3) == [0xAB, 0xCD, 0xEF] && bytes.count == 48 << 10)
    #expect(unsafe copied.bytes.withUnsafeBytes { unsafe Array($0) } == bytes)
  }

  @Test(arguments: ["!", "====", "AAA", "q83v", "\u{e9}AA"])
  func `refuses what it refuses in a string`(tail: String) throws {
    // The shape is that of the text without the tail.
    let document = Array(
      #"{"dtype":"U8","shape":[\#(48 << 10)],"base64":"\#(Self.long)\#(tail)"}"#.utf8)
    let expected = refusal { () throws(CodingError) in
      try TensorJSON.decode(JSONCursor(try parse(document)))
    }
    let error = refusal { () throws(CodingError) in
      try TensorJSON.decode(JSONCursor(try JSONDocument.parse(stored(document))))
    }
    #expect(error != nil && error == expected)
    #expect(error?.pointer?.description == "/base64")
  }

  @Test func `keeps the document's memory as long as somebody has the text`() throws {
    let document = Self.document(Self.long)
    let released = Released()
    var member: JSONCursor? = try JSONCursor(
      JSONDocument.parse(stored(document) { released.release() })
    ).object(allowing: nil).required("base64")
    #expect(!released.isSo)
    #expect(try member?.string() == Self.long)
    member = nil
    #expect(released.isSo)
  }

  private final class Released: Sendable {
    private let flag = Atomic(false)
    var isSo: Bool { flag.load(ordering: .relaxed) }
    func release() { flag.store(true, ordering: .relaxed) }
  }
}
