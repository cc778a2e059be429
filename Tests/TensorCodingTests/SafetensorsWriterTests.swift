import TensorCoding
import Tensors
import TestSupport
import Testing

@Suite struct SafetensorsWriterTests {
  /// Writes a whole file: every tensor's bytes count up from its index.
  static func file(
    _ layout: SafetensorsLayout, late: [(key: String, value: String)] = []
  ) throws -> TensorStorage {
    var failure: CodingError?
    let storage = TensorStorage(byteCount: layout.byteCount) { bytes in
      for (index, range) in layout.ranges.enumerated() {
        for offset in range {
          let byte = UInt8(truncatingIfNeeded: index + offset - range.lowerBound)
          bytes.storeBytes(of: byte, toByteOffset: offset, as: UInt8.self)
        }
      }
      do throws(CodingError) {
        try layout.writeHeader(into: &bytes, lateMetadata: late)
      } catch {
        failure = error
      }
    }
    if let failure { throw failure }
    return storage
  }

  @Test func `writes what the reader reads`() throws {
    var writer = SafetensorsWriter()
    writer.declare("items.0.tokens", dtype: .bfloat16, shape: [3, 4])
    writer.declare("quote\"d/\n", dtype: .uint8, shape: [5])
    writer.declare("empty", dtype: .float32, shape: [0, 7])
    let scalar = writer.declare("scalar", dtype: .int32, shape: [])
    writer.addMetadata("response", #"{"a":"\u0001"}"#)
    let layout = try writer.layout()
    #expect(scalar == 3 && layout.dataOffset % 64 == 0)
    #expect(layout.ranges.map(\.count) == [24, 5, 0, 4])
    let file = try SafetensorsFile(storage: try Self.file(layout))
    #expect(file.tensors.map(\.name) == ["items.0.tokens", "quote\"d/\n", "empty", "scalar"])
    #expect(file.tensors.map(\.tensor.dtype) == [.bfloat16, .uint8, .float32, .int32])
    #expect(file["quote\"d/\n"]?.float(at: 4) == 5)
    #expect(file["scalar"]?.shape.rank == 0)
    #expect(file.metadataValue("response") == #"{"a":"\u0001"}"#)
  }

  @Test func `writes random files`() throws {
    let seed: UInt64 = 31
    var generator = SeededGenerator(seed: seed)
    for _ in 0..<200 {
      var writer = SafetensorsWriter()
      var shapes: [Shape] = []
      for index in 0..<Int.random(in: 0...6, using: &generator) {
        let axes = Int.random(in: 0...4, using: &generator)
        let shape = try Shape(
          checking: (0..<axes).map { _ in Int.random(in: 0...5, using: &generator) })
        let dtype = try #require(DType.allCases.randomElement(using: &generator))
        writer.declare("t\(index)", dtype: dtype, shape: shape)
        shapes.append(shape)
      }
      if Bool.random(using: &generator) { writer.addMetadata("k", "\u{2028}\\") }
      let file = try SafetensorsFile(storage: try Self.file(try writer.layout()))
      #expect(file.tensors.map(\.tensor.shape) == shapes, "seed \(seed)")
    }
  }

  @Test func `leaves room for late metadata`() throws {
    for (tensors, fixed) in [(0, false), (0, true), (2, false), (2, true)] {
      var writer = SafetensorsWriter()
      for index in 0..<tensors { writer.declare("t\(index)", dtype: .uint8, shape: [1]) }
      if fixed { writer.addMetadata("format", "pt") }
      let text = #"{"strategy":"x","n":[1,2]}"#
      // Two quotes in each of the four strings gain a backslash; key, quotes, colon and comma.
      writer.reserve(metadataByteCount: text.utf8.count + 6 + "response".utf8.count + 6)
      let layout = try writer.layout()
      let file = try SafetensorsFile(storage: try Self.file(layout, late: [("response", text)]))
      #expect(file.metadataValue("response") == text)
      #expect(file.metadata.count == (fixed ? 2 : 1))
      #expect(try SafetensorsFile(storage: try Self.file(layout)).metadata.count == (fixed ? 1 : 0))
      let long = String(repeating: "x", count: 200)
      #expect(throws: CodingError(.headerTooLarge, .safetensors)) {
        try Self.file(layout, late: [("response", long)])
      }
    }
  }

  @Test func `gives the same bytes for the same declarations`() throws {
    var writer = SafetensorsWriter()
    writer.declare("b", dtype: .uint8, shape: [1])
    writer.declare("a", dtype: .float16, shape: [1])
    writer.addMetadata("z", "1")
    let storage = try Self.file(try writer.layout())
    let header =
      #"{"b":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"a":{"dtype":"F16","shape":[1],"data_offsets":[1,3]},"__metadata__":{"z":"1"}}"#
    let bytes = (8..<storage.byteCount - 3).map {
      // In range by the bound.
      unsafe storage.bytes.unsafeLoad(fromByteOffset: $0, as: UInt8.self)
    }
    #expect(String(decoding: bytes, as: UTF8.self).split(separator: " ") == [Substring(header)])
  }

  @Test func `refuses sizes that overflow`() throws {
    var writer = SafetensorsWriter()
    writer.declare("a", dtype: .float32, shape: try Shape(checking: [Int.max / 2]))
    #expect(throws: CodingError(.sizeOverflow, .safetensors)) { try writer.layout() }
    var sum = SafetensorsWriter()
    sum.declare("a", dtype: .uint8, shape: try Shape(checking: [Int.max / 2]))
    sum.declare("b", dtype: .uint8, shape: try Shape(checking: [Int.max / 2]))
    sum.declare("c", dtype: .uint8, shape: try Shape(checking: [Int.max / 2]))
    #expect(refusal { () throws(CodingError) in try sum.layout() }?.tensor == "b")
  }
}
