import TensorCoding
import Tensors

/// A well-formed safetensors file whose request text and tensors follow the input, so that the
/// fuzzer gets past the container without having to keep lengths and offsets right.
///
/// The input is the request's JSON up to a NUL, then for each tensor: name, dtype, rank, one byte
/// for each dimension, the kind of content; what is left when tensors run out is not used.
struct ComposedFile {
  private static let names = [
    "tokens", "newline", "attention", "query", "key", "received_attention", "importance",
    "entropy", "pixels", "full", "pruned",
  ]
  private static let largestElementCount = 1 << 14

  private var input: ArraySlice<UInt8>
  private var request: [UInt8] = []
  private var tensors: [(name: String, dtype: DType, shape: Shape, seed: UInt8, kind: UInt8)] = []

  init(_ input: ArraySlice<UInt8>) {
    self.input = input
    while let byte = next(), byte != 0 { request.append(byte) }
    while let tensor = nextTensor(), tensors.count < 16 { tensors.append(tensor) }
  }

  /// The file, or nil where two tensors have one name or the sizes are out of hand.
  var storage: TensorStorage? {
    guard Set(tensors.map(\.name)).count == tensors.count else { return nil }
    var writer = SafetensorsWriter()
    for tensor in tensors { writer.declare(tensor.name, dtype: tensor.dtype, shape: tensor.shape) }
    writer.addMetadata("request", String(decoding: request, as: UTF8.self))
    guard let layout = try? writer.layout() else { return nil }
    return TensorStorage(byteCount: layout.byteCount) { file in
      _ = try? layout.writeHeader(into: &file)
      for (tensor, range) in zip(tensors, layout.ranges) {
        Content(kind: tensor.kind, seed: tensor.seed, dtype: tensor.dtype).fill(&file, range)
      }
    }
  }

  private mutating func next() -> UInt8? { input.popFirst() }

  private mutating func nextTensor() -> (String, DType, Shape, UInt8, UInt8)? {
    guard let place = next(), let type = next(), let rank = next() else { return nil }
    var dimensions: [Int] = []
    for _ in 0..<Int(rank & 7) {
      guard let dimension = next() else { return nil }
      dimensions.append(Int(dimension))
    }
    guard let kind = next(), let seed = next(), let shape = try? Shape(checking: dimensions),
      shape.elementCount <= Self.largestElementCount
    else { return nil }
    let name = Self.names[Int(place & 0x1F) % Self.names.count]
    let item = Int(place >> 5)
    let dtype = DType.allCases[Int(type) % DType.allCases.count]
    // Half of the numbers are items, the others the batch axis.
    return (item < 4 ? "items.\(item).\(name)" : name, dtype, shape, seed, kind)
  }
}

/// What a tensor holds.
private struct Content {
  let kind: UInt8
  let seed: UInt8
  let dtype: DType

  func fill(_ file: inout MutableRawSpan, _ range: Range<Int>) {
    var state = UInt32(seed) &* 2_654_435_761 | 1
    var offset = range.lowerBound
    while offset < range.upperBound {
      state ^= state << 13
      state ^= state >> 17
      state ^= state << 5
      let bits = self.bits(state)
      for part in 0..<dtype.byteSize {
        file.storeBytes(
          of: UInt8(truncatingIfNeeded: bits >> (8 * part)), toByteOffset: offset + part,
          as: UInt8.self)
      }
      offset += dtype.byteSize
    }
  }

  private func bits(_ random: UInt32) -> UInt32 {
    let value = value(random)
    return switch dtype {
    case .float32: kind % 8 == 7 ? random : value.bitPattern
    case .float16: kind % 8 == 7 ? random : UInt32(Float16(value).bitPattern)
    case .bfloat16: value.bitPattern >> 16
    case .int32, .uint8: random
    }
  }

  /// Uniform, equal, tiny, huge, of both signs: the kinds at which float arithmetic breaks.
  private func value(_ random: UInt32) -> Float {
    let unit = Float(random >> 8) * 0x1p-24
    return switch kind % 8 {
    case 0: unit
    case 1: 0.25
    case 2: 0
    case 3: unit * 0x1p-140
    case 4: (unit - 0.5) * 3e38
    case 5: unit - 0.5
    case 6: random % 64 == 0 ? 1 : 0
    default: -unit
    }
  }
}
