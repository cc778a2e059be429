internal import Tensors

/// The hidden states that pruning is measured against.
struct Baseline {
  let set: CalibrationSet
  /// Row-major; nil where only the samples are known.
  let vectors: [Float]?

  init(
    lastToken: Tensor?, sampleIDs: [String]?, limits: CalibrationLimits
  ) throws(CalibrationError) {
    guard lastToken != nil || sampleIDs != nil else {
      throw CalibrationError(
        .missingValue, "vectors or the names of samples are needed", field: .lastToken)
    }
    let vectors = try lastToken.map { (tensor) throws(CalibrationError) in
      try Self.vectors(of: tensor, limits)
    }
    let rows = lastToken?.shape[0] ?? sampleIDs?.count ?? 0
    if let sampleIDs, sampleIDs.count != rows {
      throw .length(
        .sampleIDs, expected: rows, actual: sampleIDs.count, "there is one sample name per row")
    }
    guard rows >= 1, rows <= limits.rows else {
      throw .outOfRange(
        lastToken == nil ? .sampleIDs : .lastToken,
        "must have at least one row, and no more than the limit")
    }
    self.vectors = vectors
    var digest = ContentDigest()
    if let vectors { digest.append(vectors) } else { digest.append(texts: sampleIDs ?? []) }
    set = CalibrationSet(
      rows: rows, hidden: lastToken?.shape[1], sampleIDs: sampleIDs, digest: digest.hexadecimal())
  }

  private static func vectors(
    of tensor: Tensor, _ limits: CalibrationLimits
  ) throws(CalibrationError) -> [Float] {
    try LastToken.check(tensor, rows: nil, hidden: nil)
    guard tensor.shape.elementCount <= limits.baselineElements else {
      throw CalibrationError(
        .limitReached, "the baseline has more elements than are kept", field: .lastToken)
    }
    let vectors = (0..<tensor.shape.elementCount).map { tensor.float(at: $0) }
    if let index = vectors.firstIndex(where: { !$0.isFinite }) {
      var error = CalibrationError(
        .nonFiniteValue, "a baseline has finite values only", field: .lastToken)
      error.index = index
      throw error
    }
    return vectors
  }
}

/// The rules of `last_token` tensors.
enum LastToken {
  /// Checks dtype and shape; nil leaves a dimension free.
  static func check(_ tensor: Tensor, rows: Int?, hidden: Int?) throws(CalibrationError) {
    guard [.float32, .float16, .bfloat16].contains(tensor.dtype) else {
      throw CalibrationError(
        .unsupportedDType, "must be F32, F16 or BF16", field: .lastToken)
    }
    let shape = tensor.shape.dimensions
    guard shape.count == 2 else {
      throw .length(.lastToken, expected: 2, actual: shape.count, "must be [rows, hidden]")
    }
    guard shape[0] == rows ?? shape[0], shape[0] >= 1 else {
      throw .length(
        .lastToken, expected: rows ?? 1, actual: shape[0], "must have one row per row measured")
    }
    guard shape[1] == hidden ?? shape[1], shape[1] >= 1 else {
      throw .length(
        .lastToken, expected: hidden ?? 1, actual: shape[1], "must be as wide as the baseline")
    }
  }
}
