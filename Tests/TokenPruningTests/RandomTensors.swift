import Tensors
import TestSupport
import TokenPruning

/// Numbers in [0, 1) that depend on the seed alone.
func randomFloats(_ count: Int, seed: UInt64) -> [Float] {
  var generator = SeededGenerator(seed: seed)
  return (0..<count).map { _ in Float.random(in: 0..<1, using: &generator) }
}

func randomTensor(_ dimensions: [Int], seed: UInt64, dtype: DType = .float32) throws -> Tensor {
  let shape = try Shape(checking: dimensions)
  let values = randomFloats(shape.elementCount, seed: seed)
  guard dtype != .float32 else { return try Tensor(values, shape: shape) }
  let storage = TensorStorage(byteCount: values.count * dtype.byteSize) { bytes in
    for (index, value) in values.enumerated() {
      let bits =
        dtype == .float16
        ? Float16(value).bitPattern : UInt16(truncatingIfNeeded: value.bitPattern >> 16)
      bytes.storeBytes(of: bits, toByteOffset: index * 2, as: UInt16.self)
    }
  }
  return try Tensor(dtype: dtype, shape: shape, storage: storage)
}

func randomPixels(_ dimensions: [Int], seed: UInt64) throws -> Tensor {
  var generator = SeededGenerator(seed: seed)
  let shape = try Shape(checking: dimensions)
  let storage = TensorStorage(byteCount: shape.elementCount) { bytes in
    for index in 0..<shape.elementCount {
      bytes.storeBytes(
        of: UInt8.random(in: 0...255, using: &generator), toByteOffset: index, as: UInt8.self)
    }
  }
  return try Tensor(dtype: .uint8, shape: shape, storage: storage)
}

extension Pruner {
  /// Selects and gathers, as floats.
  func gathered(_ selection: Selection, _ input: PruningInput) throws -> [Float] {
    try gatheredTensor(selection, input).floats
  }

  func gatheredTensor(_ selection: Selection, _ input: PruningInput) throws -> Tensor {
    let count = gatheredByteCount(selection, from: input)
    var failure: PruningError?
    let storage = TensorStorage(byteCount: count) { bytes in
      do throws(PruningError) {
        try gather(selection, from: input, into: &bytes)
      } catch { failure = error }
    }
    if let failure { throw failure }
    guard let tokens = input.tokens, let width = tokens.shape.dimensions.last else {
      return try Tensor([], shape: [0])
    }
    return try Tensor(
      dtype: tokens.dtype, shape: try Shape(checking: [selection.count, width]),
      storage: storage)
  }
}
