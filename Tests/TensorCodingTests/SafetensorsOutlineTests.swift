import Tensors
import Testing

@testable import TensorCoding

@Suite struct SafetensorsOutlineTests {
  private static let header =
    #"{"a":{"dtype":"F16","shape":[2,3],"data_offsets":[0,12]},"#
    + #""b":{"dtype":"F64","shape":[1],"data_offsets":[12,20]},"__metadata__":{"k":"v"}}"#

  private static var start: [UInt8] {
    [UInt8(header.utf8.count), 0, 0, 0, 0, 0, 0, 0] + Array(header.utf8)
  }

  private func storage(_ bytes: [UInt8]) -> TensorStorage {
    TensorStorage(byteCount: bytes.count) { span in
      for (index, byte) in bytes.enumerated() {
        span.storeBytes(of: byte, toByteOffset: index, as: UInt8.self)
      }
    }
  }

  @Test func `a header can be read before the tensors are there`() throws {
    let start = storage(Self.start)
    let size = Self.start.count + 20
    let count = try SafetensorsOutline.byteCount(
      from: start.bytes, fileByteCount: size, limits: CodingLimits())
    #expect(count == Self.start.count)
    let outline = try SafetensorsOutline(
      start.bytes, fileByteCount: size, limits: CodingLimits())
    #expect(outline.entries.map(\.name) == ["a", "b"])
    #expect(outline.entries.map(\.dtype) == [.float16, nil])
    #expect(outline.entries[0].shape == [2, 3])
    #expect(outline.entries[0].byteRange == size - 20..<size - 8)
    #expect(outline.metadata.map(\.value) == ["v"])
  }

  @Test func `too little of a file tells nothing`() throws {
    let start = storage(Array(Self.start.prefix(7)))
    let count = try SafetensorsOutline.byteCount(
      from: start.bytes, fileByteCount: 1000, limits: CodingLimits())
    #expect(count == nil)
  }

  @Test func `the same rules hold as for a whole file`() {
    let start = storage(Self.start)
    for size in [Self.start.count + 19, Self.start.count + 21, 50] {
      #expect(throws: CodingError.self) {
        try SafetensorsOutline(start.bytes, fileByteCount: size, limits: CodingLimits())
      }
    }
    #expect(throws: CodingError.self) {
      try SafetensorsOutline.byteCount(
        from: start.bytes, fileByteCount: 50, limits: CodingLimits())
    }
  }

  @Test func `a header tells how long its file must be`() throws {
    let outline = try SafetensorsOutline(
      storage(Self.start).bytes, fileByteCount: nil, limits: CodingLimits())
    #expect(outline.fileByteCount == Self.start.count + 20)
    let none = storage([2, 0, 0, 0, 0, 0, 0, 0] + Array("{}".utf8))
    #expect(
      try SafetensorsOutline(none.bytes, fileByteCount: nil, limits: CodingLimits()).fileByteCount
        == 10)
  }

  @Test(arguments: [
    (1 << 53, 0, 1 << 53, CodingError.Code?.none),
    (1 << 53 + 2, 0, 1 << 53 + 2, .invalidTensorEntry),
    (Int.max, 0, Int.max, .invalidTensorEntry), (12, 1, 13, .hole),
  ])
  func `without its length a file may be of any size that can be counted`(
    size: Int, start: Int, end: Int, code: CodingError.Code?
  ) throws {
    let text = #"{"a":{"dtype":"U8","shape":[\#(size)],"data_offsets":[\#(start),\#(end)]}}"#
    let bytes = storage([UInt8(text.utf8.count), 0, 0, 0, 0, 0, 0, 0] + Array(text.utf8))
    func outline() throws(CodingError) -> SafetensorsOutline {
      try SafetensorsOutline(bytes.bytes, fileByteCount: nil, limits: CodingLimits())
    }
    guard let code else {
      #expect(try outline().fileByteCount == 8 + text.utf8.count + size)
      return
    }
    let error = #expect(throws: CodingError.self) { try outline() }
    #expect(error?.code == code)
  }

  @Test func `a header is known again by all of its bytes and the size of the file`() throws {
    let size = Self.start.count + 20
    let outline = try SafetensorsOutline(
      storage(Self.start).bytes, fileByteCount: size, limits: CodingLimits())
    #expect(outline.byteCount == Self.start.count)
    func isKnown(_ bytes: [UInt8], size: Int) -> Bool {
      outline.describes(storage(bytes).bytes, fileByteCount: size)
    }
    // Whatever the tensors hold.
    for rest in [[], [1], [UInt8](repeating: 9, count: 20)] as [[UInt8]] {
      #expect(isKnown(Self.start + rest, size: size))
    }
    #expect(!isKnown(Self.start, size: size + 1))
    #expect(!isKnown(Array(Self.start.dropLast()), size: size))
    #expect(!isKnown([], size: size))
    for index in Self.start.indices {
      var other = Self.start
      other[index] ^= 1
      #expect(!isKnown(other, size: size), "byte \(index)")
    }
  }

  @Test func `a file without one of its tensors still has the others`() throws {
    // Not attention, but the reader does not know what the sums are of.
    let text = Self.header.replacing("[2,3]", with: "[6,1,1]")
    let start = [UInt8(text.utf8.count), 0, 0, 0, 0, 0, 0, 0] + Array(text.utf8)
    let condensed = HeadSums(
      storage: TensorStorage(byteCount: 4) { _ in }, heads: 6, rows: 1, firstNonFinite: [nil])
    let content = storage(start + [1, 2, 3, 4, 5, 6, 7, 8])
    let part = CondensedPart(range: start.count..<start.count + 12, sums: condensed)
    // The closure that holds the storage keeps the bytes where they are.
    let view = unsafe content.bytes.withUnsafeBytes { bytes in
      unsafe bytes.baseAddress.map { base in
        unsafe TensorStorage(
          adopting: base, byteCount: bytes.count, condensed: [part],
          release: { withExtendedLifetime(content) {} })
      }
    }
    let file = try SafetensorsFile(storage: try #require(view))
    #expect(file["a"]?.headSums?.shape == [1, 1])
    #expect(file.unsupported.map(\.name) == ["b"])
  }
}
