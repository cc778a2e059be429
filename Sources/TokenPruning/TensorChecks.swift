import Tensors
import VectorKernels

/// Checks what a tensor claims to be before anybody computes with it.
struct TensorChecks {
  let kernels: KernelSet

  /// Requires dimensions; nil in `expected` stands for any positive size.
  static func requireShape(
    _ tensor: Tensor, _ name: TensorName, _ expected: [Int?], _ rule: StaticString
  ) throws(PruningError) {
    let actual = tensor.shape.dimensions
    let fits =
      actual.count == expected.count
      && zip(actual, expected).allSatisfy { size, wanted in
        if let wanted { size == wanted } else { size >= 1 }
      }
    guard fits else {
      throw PruningError(
        .shapeMismatch, tensor: name, expected: expected, actual: actual, rule: rule)
    }
  }

  /// The kernels' element type of a real tensor.
  static func elementType(
    _ tensor: Tensor, _ name: TensorName
  ) throws(PruningError) -> ElementType {
    switch tensor.dtype {
    case .float32: return .float32
    case .float16: return .float16
    case .bfloat16: return .bfloat16
    case .uint8, .int32:
      throw PruningError(
        .unsupportedDType, tensor: name, supported: DType.allCases.filter(\.isReal),
        rule: "the dtype must be F32, F16 or BF16")
    }
  }

  /// Requires every element to be finite and gives the element type.
  @discardableResult
  func requireFinite(_ tensor: Tensor, _ name: TensorName) throws(PruningError) -> ElementType {
    let type = try Self.elementType(tensor, name)
    let count = tensor.shape.elementCount
    let found =
      tensor.headSums == nil
      ? kernels.firstNonFinite(in: tensor.bytes, type: type, count: count)
      : tensor.firstNonFiniteSummand
    if let index = found {
      throw PruningError(
        .nonFiniteValue, tensor: name, index: index, rule: "every element must be finite")
    }
    return type
  }

  /// The elements of a small real tensor, all of them finite.
  func finiteValues(_ tensor: Tensor, _ name: TensorName) throws(PruningError) -> [Float] {
    let type = try requireFinite(tensor, name)
    var values = [Float](repeating: 0, count: tensor.shape.elementCount)
    var span = values.mutableSpan
    kernels.widen(tensor.bytes, type: type, into: &span)
    return values
  }
}
