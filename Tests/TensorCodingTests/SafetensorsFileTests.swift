import TensorCoding
import Tensors
import TestSupport
import Testing

@Suite struct SafetensorsFileTests {
  static func storage(_ bytes: [UInt8]) -> TensorStorage {
    TensorStorage(byteCount: bytes.count) { target in
      for (offset, byte) in bytes.enumerated() {
        target.storeBytes(of: byte, toByteOffset: offset, as: UInt8.self)
      }
    }
  }

  static func file(_ header: String, _ data: [UInt8] = []) -> [UInt8] {
    let length = UInt64(header.utf8.count)
    return (0..<8).map { UInt8(truncatingIfNeeded: length >> (8 * $0)) } + Array(header.utf8) + data
  }

  static func read(
    _ bytes: [UInt8], limits: CodingLimits = CodingLimits()
  ) throws(CodingError) -> SafetensorsFile {
    try SafetensorsFile(storage: storage(bytes), limits: limits)
  }

  @Test func `reads tensors as views in the order of the header`() throws {
    let header = #"""
      {"b":{"dtype":"U8","shape":[3],"data_offsets":[8,11]},"__metadata__":{"z":"1","a":"é\n"},
      "a":{"dtype":"F32","shape":[2,1],"data_offsets":[0,8]},
      "s":{"data_offsets":[11,13],"shape":[],"dtype":"F16"},
      "e":{"dtype":"I32","shape":[0,4],"data_offsets":[8,8]}}   
      """#
    let file = try Self.read(Self.file(header, [0, 0, 128, 63, 0, 0, 0, 64, 7, 8, 9, 0, 60]))
    #expect(file.tensors.map(\.name) == ["b", "a", "s", "e"])
    let a = try #require(file["a"])
    #expect(a.shape == [2, 1] && a.float(at: 0) == 1 && a.float(at: 1) == 2)
    #expect(file["b"]?.float(at: 2) == 9)
    #expect(file["s"]?.shape.rank == 0 && file["s"]?.float(at: 0) == 1)
    #expect(file["e"]?.byteCount == 0)
    #expect(file["missing"] == nil)
    #expect(file.metadata.map(\.key) == ["z", "a"] && file.metadataValue("a") == "é\n")
    #expect(file.metadataValue("b") == nil)
  }

  @Test(arguments: ["{}", "{} ", "{}\n\t ", "{\"__metadata__\":{}}"])
  func `reads files without tensors`(header: String) throws {
    let file = try Self.read(Self.file(header))
    #expect(file.tensors.isEmpty && file.unsupported.isEmpty && file.metadata.isEmpty)
  }

  static let foreign: [(String, Int)] = [
    ("BOOL", 8), ("I8", 8), ("F8_E5M2", 8), ("F8_E4M3", 8), ("F8_E8M0", 8), ("I16", 16),
    ("U16", 16), ("U32", 32), ("C64", 64), ("F64", 64), ("I64", 64), ("U64", 64), ("F4", 4),
    ("F6_E2M3", 6), ("F6_E3M2", 6),
  ]

  @Test(arguments: foreign)
  func `lists tensors of other dtypes as unsupported`(dtype: String, bits: Int) throws {
    let size = 4 * bits / 8
    let header = """
      {"a":{"dtype":"\(dtype)","shape":[4],"data_offsets":[0,\(size)]},\
      "b":{"dtype":"U8","shape":[1],"data_offsets":[\(size),\(size + 1)]}}
      """
    let bytes = Self.file(header, [UInt8](repeating: 1, count: size + 1))
    let file = try Self.read(bytes)
    #expect(file.tensors.map(\.name) == ["b"])
    #expect(file.unsupported.map(\.name) == ["a"] && file.unsupported.map(\.dtype) == [dtype])
    #expect(file.unsupported.first?.byteRange.upperBound == bytes.count - 1)
  }

  static let hostile = FixtureFile.names(in: "Hostile", suffix: ".safetensors")

  @Test func `has a hostile file for every rule of the format`() {
    let rules = Set(Self.hostile.map { String($0.prefix { $0 != "." }) })
    for rule: CodingError.Code in [
      .headerLengthTruncated, .headerTooLarge, .headerOutOfBounds, .headerNotAnObject,
      .invalidMetadata, .invalidTensorEntry, .unknownDType, .sizeOverflow, .offsetsReversed,
      .offsetsOutOfBounds, .sizeMismatch, .hole, .overlap, .trailingBytes, .duplicateKey,
    ] {
      #expect(rules.contains(rule.rawValue))
    }
  }

  @Test(arguments: hostile)
  func `refuses a hostile file, whole and cut off anywhere`(name: String) throws {
    let bytes = try FixtureFile.contents(of: "Hostile/\(name)")
    let error = try #require(refusal { () throws(CodingError) in try Self.read(bytes) })
    #expect(error.code.rawValue == name.prefix { $0 != "." })
    #expect(error.format == .safetensors && error.fault == .malformed)
    for length in bytes.indices {
      let cut = Array(bytes.prefix(length))
      // A file of trailing bytes becomes a good one when these are cut off.
      let cutError = refusal { () throws(CodingError) in try Self.read(cut) }
      #expect(cutError != nil || error.code == .trailingBytes)
    }
  }

  static let hostileJSON = FixtureFile.names(in: "Hostile", suffix: ".json")

  @Test(arguments: hostileJSON)
  func `refuses a hostile document`(name: String) throws {
    let bytes = try FixtureFile.contents(of: "Hostile/\(name)")
    let error = try #require(refusal { () throws(CodingError) in try parse(bytes) })
    #expect(error.code.rawValue == name.prefix { $0 != "." })
  }

  @Test func `counts offsets from the start of the file and names the tensor`() throws {
    let syntax = refusal { () throws(CodingError) in try Self.read(Self.file("{\"a\" 1}")) }
    #expect(syntax?.code == .unexpectedToken && syntax?.offset == 13)
    let header = #"{"x/y":{"dtype":"F32","shape":[2],"data_offsets":[0,4]}}"#
    let mismatch = refusal { () throws(CodingError) in
      try Self.read(Self.file(header, [1, 2, 3, 4]))
    }
    #expect(mismatch?.tensor == "x/y")
    #expect(mismatch?.pointer?.description == "/x~1y/data_offsets")
  }

  @Test func `refuses too many tensors and too large a header`() throws {
    let entries = (0..<9).map { #""t\#($0)":{"dtype":"U8","shape":[0],"data_offsets":[0,0]}"# }
    let bytes = Self.file("{\(entries.joined(separator: ","))}")
    var limits = CodingLimits()
    limits.maximumTensors = 8
    let error = refusal { () throws(CodingError) in try Self.read(bytes, limits: limits) }
    #expect(error?.code == .tooManyTensors && error?.fault == .tooLarge)
    limits.maximumTensors = 9
    #expect(try Self.read(bytes, limits: limits).tensors.count == 9)
    limits.maximumHeaderBytes = bytes.count - 9
    #expect(
      refusal { () throws(CodingError) in try Self.read(bytes, limits: limits) }?.code
        == .headerTooLarge)
  }

  @Test func `refuses or reads every damaged byte without trapping`() throws {
    let header = #"{"a":{"dtype":"F16","shape":[2],"data_offsets":[0,4]},"__metadata__":{"k":"v"}}"#
    let bytes = Self.file(header, [1, 2, 3, 4])
    for index in bytes.indices {
      for byte in UInt8.min...UInt8.max {
        var damaged = bytes
        damaged[index] = byte
        _ = refusal { () throws(CodingError) in try Self.read(damaged) }
      }
    }
  }
}
