import Foundation
import Tensors
import Testing

/// One case of `Tests/Fixtures/Reference`: tensors and parameters of a reference run.
struct ReferenceCase: CustomTestStringConvertible {
  let name: String
  private let storage: TensorStorage
  private let header: [String: Any]
  private let firstByte: Int
  private let parameters: [String: Any]

  var testDescription: String { name }

  init(_ name: String) throws {
    self.name = name
    let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .deletingLastPathComponent().appendingPathComponent("Fixtures/Reference")
    let bytes = try Data(contentsOf: folder.appendingPathComponent("\(name).safetensors"))
    let length = bytes.prefix(8).reversed().reduce(0) { $0 << 8 | Int($1) }
    firstByte = 8 + length
    header = try Self.object(bytes[8..<firstByte])
    storage = TensorStorage(byteCount: bytes.count) { span in
      for (offset, byte) in bytes.enumerated() {
        span.storeBytes(of: byte, toByteOffset: offset, as: UInt8.self)
      }
    }
    let json = try Data(contentsOf: folder.appendingPathComponent("\(name).json"))
    parameters = try Self.object(json)["params"] as? [String: Any] ?? [:]
  }

  private static func object(_ data: Data) throws -> [String: Any] {
    let value = try JSONSerialization.jsonObject(with: data)
    return try #require(value as? [String: Any])
  }

  func has(_ tensor: String) -> Bool { header[tensor] != nil }

  func tensor(_ name: String) throws -> Tensor {
    let entry = try #require(header[name] as? [String: Any], "\(self.name) has \(name)")
    let spelling = try #require(entry["dtype"] as? String)
    let dtype = try #require(DType(rawValue: spelling))
    let dimensions = try #require(entry["shape"] as? [Int])
    let shape = try Shape(checking: dimensions)
    let offsets = try #require(entry["data_offsets"] as? [Int])
    return try Tensor(
      dtype: dtype, shape: shape, storage: storage, byteOffset: firstByte + offsets[0])
  }

  func floats(_ name: String, _ entry: Int? = nil) throws -> [Float] {
    let tensor = try entry.map { try self.tensor(name)[$0] } ?? self.tensor(name)
    return tensor.floats
  }

  func integers(_ name: String, _ entry: Int? = nil) throws -> [Int] {
    try floats(name, entry).map { Int($0) }
  }

  /// The rows of an F64 table, a dtype that nothing but these files uses.
  func table(_ name: String, columns: Int) throws -> [[Double]] {
    let entry = try #require(header[name] as? [String: Any])
    let offsets = try #require(entry["data_offsets"] as? [Int])
    let bytes = storage.bytes
    let values = stride(from: offsets[0], to: offsets[1], by: 8).map { offset in
      // In bounds: the offsets come from the file's own header.
      unsafe bytes.unsafeLoadUnaligned(fromByteOffset: firstByte + offset, as: Double.self)
    }
    return stride(from: 0, to: values.count, by: columns).map {
      Array(values[$0..<$0 + columns])
    }
  }

  func number(_ key: String) throws -> Double {
    try #require(parameters[key] as? Double, "\(name) has \(key)")
  }

  func integer(_ key: String) throws -> Int { Int(try number(key)) }

  func list<Element>(_ key: String) throws -> [Element] {
    try #require(parameters[key] as? [Element], "\(name) has \(key)")
  }
}

extension Tensor {
  /// All elements, widened.
  var floats: [Float] { (0..<shape.elementCount).map { float(at: $0) } }
}
