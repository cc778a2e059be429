internal import TensorCoding
internal import Tensors
internal import TokenPruning

/// One item's fields and tensors before they are given a meaning.
struct RequestItem {
  /// The item's number.
  let index: Int
  /// The item's own fields.
  var fields: FieldReader
  /// The item's tensors, without a batch axis.
  let parts: [TensorName: TensorPart]
  /// Whether the tokens came as base64, so that a JSON answer returns them so.
  let hasBase64Tokens: Bool

  /// Where the item sits.
  var pointer: JSONPointer { .item(index) }

  /// Reads the item's tensors.
  func tensors(limits: CodingLimits) throws(ServiceProblem) -> [TensorName: Tensor] {
    var tensors: [TensorName: Tensor] = [:]
    for name in TensorName.allCases {
      guard let part = parts[name] else { continue }
      tensors[name] = try part.tensor(at: pointer.appending(name.rawValue), limits: limits)
    }
    return tensors
  }
}

/// Tensors that share a leading batch axis.
struct UniformBatch {
  /// The length of the batch axis.
  let count: Int
  /// Whether the tokens came as base64.
  let hasBase64Tokens: Bool
  private var tensors: [TensorName: Tensor] = [:]

  /// Reads the tensors and checks that their leading axes agree.
  init(_ parts: [TensorName: TensorPart], limits: CodingLimits) throws(ServiceProblem) {
    var count: Int?
    for name in TensorName.allCases {
      guard let part = parts[name] else { continue }
      let pointer = JSONPointer.root.appending(name.rawValue)
      let tensor = try part.tensor(at: pointer, limits: limits)
      guard let batch = tensor.shape.dimensions.first, batch == count ?? batch else {
        let expected = [count] + tensor.shape.dimensions.dropFirst().map(Optional.some)
        throw ServiceProblem(
          .shapeMismatch, at: pointer, "all top-level tensors share a leading batch axis",
          extensions: [
            .tensor(name.rawValue), .expected(expected), .actual(tensor.shape.dimensions),
          ])
      }
      count = batch
      tensors[name] = tensor
    }
    self.count = count ?? 0
    hasBase64Tokens = parts[.tokens]?.isBase64 ?? false
  }

  /// The tensors of item `index`, without copying.
  func parts(of index: Int) -> [TensorName: TensorPart] {
    tensors.mapValues { .view($0[index]) }
  }
}
