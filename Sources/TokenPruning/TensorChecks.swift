import Tensors
import VectorKernels

/// Checks what a tensor claims to be before anybody computes with it.
struct TensorChecks {
  let kernels: KernelSet
  /// Asked between the pieces of a long look: whether to give up.
  var isInterrupted: @Sendable () -> Bool = { false }

  /// Elements that are looked at at once: some tenths of a millisecond.
  static let elementsAtOnce = 1 << 21

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
    let found =
      tensor.headSums == nil
      ? try firstNonFinite(in: tensor, type) : tensor.firstNonFiniteSummand
    if let index = found {
      throw PruningError(
        .nonFiniteValue, tensor: name, index: index, rule: "every element must be finite")
    }
    return type
  }

  private func firstNonFinite(
    in tensor: Tensor, _ type: ElementType
  ) throws(PruningError) -> Int? {
    let (bytes, size) = (tensor.bytes, type.byteSize)
    let count = tensor.shape.elementCount
    var start = 0
    while start < count {
      guard start == 0 || !isInterrupted() else { throw .interrupted }
      let end = min(start + Self.elementsAtOnce, count)
      let piece = bytes.extracting(start * size..<end * size)
      if let index = kernels.firstNonFinite(in: piece, type: type, count: end - start) {
        return start + index
      }
      start = end
    }
    return nil
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
