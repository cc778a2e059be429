import TensorCoding
import Tensors
import TestSupport
import Testing

/// Decoding into memory that somebody else has used.
@Suite struct JSONSourceTests {
  private let source = DirtySource()
  private static let count = TensorStorage.smallestShared

  private static func numbers(seed: UInt64) -> [UInt8] {
    var random = SeededGenerator(seed: seed)
    return (0..<count).map { _ in UInt8.random(in: 0...255, using: &random) }
  }

  /// A tensor object, long enough for the source.
  private static func object(_ bytes: [UInt8], tail: String = "") -> [UInt8] {
    // Bytes have no padding.
    let text = unsafe Base64.encode(bytes.span.bytes)
    return Array(#"{"dtype":"U8","shape":[\#(count)],"base64":"\#(text)\#(tail)"}"#.utf8)
  }

  private func decode(_ document: [UInt8]) throws(CodingError) -> Tensor {
    let value = try JSONDocument.parse(stored(document, source: source))
    return try TensorJSON.decode(JSONCursor(value), source: source)
  }

  @Test(arguments: [1, 2, 3])
  func `decodes the same bytes whatever lay in the memory`(seed: UInt64) throws {
    let bytes = Self.numbers(seed: seed)
    let tensor = try decode(Self.object(bytes))
    // Once for the parser's copy of the text, once for the elements.
    #expect(source.taken.count == 2)
    #expect(source.taken[0] > Self.count / 3 * 4)
    #expect(source.taken[1] == Self.count)
    #expect(unsafe tensor.bytes.withUnsafeBytes { unsafe Array($0) } == bytes)
  }

  @Test func `refuses what it refuses without a source`() throws {
    let bytes = Self.numbers(seed: 4)
    for document in [
      Self.object(bytes, tail: "!"), Self.object(bytes, tail: "===="),
      Array(Self.object(bytes).dropLast()), Self.object(bytes) + Array("]".utf8),
    ] {
      let expected = refusal { () throws(CodingError) in
        try TensorJSON.decode(JSONCursor(try parse(document)))
      }
      let error = refusal { () throws(CodingError) in try decode(document) }
      #expect(error != nil)
      #expect(error == expected)
    }
  }

  @Test func `does without a source that has nothing left`() throws {
    source.isEmpty = true
    let bytes = Self.numbers(seed: 5)
    let tensor = try decode(Self.object(bytes))
    #expect(source.taken.count == 2)
    #expect(unsafe tensor.bytes.withUnsafeBytes { unsafe Array($0) } == bytes)
  }

  @Test func `leaves small documents to the heap`() throws {
    let value = try JSONDocument.parse(stored(Array("[1,2]".utf8), source: source))
    #expect(value.elements?.count == 2)
    #expect(source.taken.isEmpty)
  }
}

/// Puts a document into memory that is freed with the last value that refers to it.
func stored(
  _ document: [UInt8], source: (any StorageSource)? = nil,
  release: @escaping @Sendable () -> Void = {}
) -> TensorStorage {
  let memory = UnsafeMutableRawPointer.allocate(byteCount: document.count, alignment: 1)
  unsafe memory.copyMemory(from: document, byteCount: document.count)
  let address = UInt(bitPattern: memory)
  // Filled above, and freed once, when nobody refers to it any more.
  return unsafe TensorStorage(adopting: memory, byteCount: document.count, source: source) {
    unsafe UnsafeMutableRawPointer(bitPattern: address)?.deallocate()
    release()
  }
}
