internal import Tensors
internal import TokenPruning

/// What a tensor of an answer holds.
enum TensorPayload {
  /// Numbers.
  case array(AnswerArray)
  /// Tokens that are gathered when they are written.
  indirect case rows(TokenRows)

  /// The element type.
  var dtype: DType {
    switch self {
    case .array(let array): array.elements.dtype
    case .rows(let rows): rows.dtype
    }
  }

  /// The dimensions.
  var dimensions: [Int] {
    switch self {
    case .array(let array): array.dimensions
    case .rows(let rows): rows.dimensions
    }
  }

  /// Writes the elements, little-endian, into just as many bytes.
  func write(into bytes: inout MutableRawSpan) throws(ServiceProblem) {
    switch self {
    case .rows(let rows): try rows.gather(into: &bytes)
    case .array(let array): array.elements.write(into: &bytes)
    }
  }
}

extension AnswerArray.Elements {
  fileprivate var dtype: DType {
    switch self {
    case .int32: .int32
    case .uint8: .uint8
    case .float32: .float32
    }
  }

  fileprivate func write(into bytes: inout MutableRawSpan) {
    // Numbers have no padding; the two memories are live, of one size and distinct.
    switch self {
    case .int32(let values): unsafe values.withUnsafeBytes { unsafe bytes.copy($0) }
    case .uint8(let values): unsafe values.withUnsafeBytes { unsafe bytes.copy($0) }
    case .float32(let values): unsafe values.withUnsafeBytes { unsafe bytes.copy($0) }
    }
  }
}

extension MutableRawSpan {
  fileprivate mutating func copy(_ source: UnsafeRawBufferPointer) {
    precondition(source.count == byteCount, "the tensor has the size that was declared")
    unsafe withUnsafeMutableBytes { unsafe $0.copyMemory(from: source) }
  }
}

extension TokenRows {
  /// The element type, that of the tokens as they came.
  var dtype: DType { input.tokens?.dtype ?? .float32 }

  /// `[count, width]`.
  var dimensions: [Int] { [selection.count, input.tokens?.shape.dimensions.last ?? 0] }

  /// Gathers the rows into just as many bytes.
  func gather(into bytes: inout MutableRawSpan) throws(ServiceProblem) {
    do throws(PruningError) {
      try pruner.gather(selection, from: input, into: &bytes)
    } catch { throw ServiceProblem(error, at: place) }
  }
}
