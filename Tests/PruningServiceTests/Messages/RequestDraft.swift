import PruningService
import TensorCoding
import Tensors
import Testing

/// A request that a test can write in every form that the contract allows.
struct RequestDraft {
  /// The ways to write one request.
  enum Form: CaseIterable {
    case numbers, base64, safetensors

    var encoding: MessageEncoding { self == .safetensors ? .safetensors : .json }
  }

  /// One entry of `items`.
  struct Item {
    /// JSON members as text, such as `"id": "a"`.
    var fields: String = ""
    var tensors: [(String, Tensor)] = []
  }

  /// Top-level JSON members as text.
  var fields: String = ""
  /// Tensors with a batch axis.
  var shared: [(String, Tensor)] = []
  var items: [Item]?

  func body(_ form: Form) throws -> TensorStorage {
    switch form {
    case .numbers: TensorStorage(text: json(asBase64: false))
    case .base64: TensorStorage(text: json(asBase64: true))
    case .safetensors: try safetensors()
    }
  }

  private func json(asBase64: Bool) -> String {
    var members = [fields] + shared.map { Self.member($0, asBase64) }
    if let items {
      let objects = items.map { item in
        Self.object([item.fields] + item.tensors.map { Self.member($0, asBase64) })
      }
      members.append("\"items\": [\(objects.joined(separator: ", "))]")
    }
    return Self.object(members)
  }

  private func safetensors() throws -> TensorStorage {
    var request = [fields]
    if let items {
      let objects = items.map { Self.object([$0.fields]) }
      request.append("\"items\": [\(objects.joined(separator: ", "))]")
    }
    var tensors = shared
    for (index, item) in (items ?? []).enumerated() {
      tensors += item.tensors.map { ("items.\(index).\($0.0)", $0.1) }
    }
    return try TensorStorage(safetensors: tensors, metadata: [("request", Self.object(request))])
  }

  private static func object(_ members: [String]) -> String {
    "{" + members.filter { !$0.isEmpty }.joined(separator: ", ") + "}"
  }

  private static func member(_ tensor: (String, Tensor), _ asBase64: Bool) -> String {
    var writer = JSONWriter()
    writer.value(tensor.1, asBase64: asBase64)
    return "\"\(tensor.0)\": \(String(decoding: writer.bytes, as: UTF8.self))"
  }
}

extension TensorStorage {
  convenience init(_ bytes: [UInt8]) {
    self.init(byteCount: bytes.count) { span in
      for (offset, byte) in bytes.enumerated() {
        span.storeBytes(of: byte, toByteOffset: offset, as: UInt8.self)
      }
    }
  }

  convenience init(text: String) { self.init(Array(text.utf8)) }

  convenience init(safetensors tensors: [(String, Tensor)], metadata: [(String, String)]) throws {
    var writer = SafetensorsWriter()
    for (name, tensor) in tensors {
      writer.declare(name, dtype: tensor.dtype, shape: tensor.shape)
    }
    for (key, value) in metadata { writer.addMetadata(key, value) }
    let layout = try writer.layout()
    var failure: CodingError?
    self.init(byteCount: layout.byteCount) { file in
      for (range, (_, tensor)) in zip(layout.ranges, tensors) {
        let bytes = tensor.bytes
        for offset in 0..<bytes.byteCount {
          file.storeBytes(
            of: bytes.byte(at: offset), toByteOffset: range.lowerBound + offset, as: UInt8.self)
        }
      }
      do throws(CodingError) { try layout.writeHeader(into: &file) } catch { failure = error }
    }
    if let failure { throw failure }
  }
}

extension RawSpan {
  func byte(at offset: Int) -> UInt8 {
    // Any byte inside the span is a valid UInt8; the load checks the bounds.
    unsafe unsafeLoad(fromByteOffset: offset, as: UInt8.self)
  }

  var array: [UInt8] { (0..<byteCount).map { byte(at: $0) } }
}

extension Tensor {
  /// A tensor of bytes.
  static func bytes(_ values: [UInt8], _ dimensions: [Int]) throws -> Tensor {
    try Tensor(
      dtype: .uint8, shape: Shape(checking: dimensions), storage: TensorStorage(values))
  }

  /// A tensor of floats.
  static func floats(_ values: [Float], _ dimensions: [Int]) throws -> Tensor {
    try Tensor(values, shape: Shape(checking: dimensions))
  }

  /// The same values in another real dtype.
  func converted(to dtype: DType) throws -> Tensor {
    var bytes: [UInt8] = []
    for index in 0..<shape.elementCount {
      let value = float(at: index)
      let bits =
        dtype == .float16 ? Float16(value).bitPattern : UInt16(value.bitPattern >> 16)
      bytes += [UInt8(truncatingIfNeeded: bits), UInt8(bits >> 8)]
    }
    return try Tensor(dtype: dtype, shape: shape, storage: TensorStorage(bytes))
  }
}
