internal import TensorCoding
internal import Tensors
internal import TokenPruning

/// One item's fields and tensors before they are given a meaning.
struct RequestItem {
  /// The item's number.
  let index: Int
  /// The item's own fields.
  var fields: FieldReader
  /// What is wrong with the item as a whole.
  var fault: ServiceProblem?
  /// The item's tensors, without a batch axis.
  let parts: TensorTable<TensorPart>
  /// Whether the tokens came as base64, so that a JSON answer returns them so.
  let hasBase64Tokens: Bool

  /// Where the item sits.
  var pointer: JSONPointer { .item(index) }

  /// Reads the item's tensors.
  func tensors(limits: CodingLimits) throws(ServiceProblem) -> TensorTable<Tensor> {
    var tensors = TensorTable<Tensor>()
    for name in TensorName.allCases {
      guard let part = parts[name] else { continue }
      tensors[name] = try part.tensor(name, in: pointer, limits: limits)
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
  private var tensors = TensorTable<Tensor>()

  /// Reads the tensors and checks that their leading axes agree.
  init(_ parts: TensorTable<TensorPart>, limits: CodingLimits) throws(ServiceProblem) {
    var count: Int?
    for name in TensorName.allCases {
      guard let part = parts[name] else { continue }
      let tensor = try part.tensor(name, in: .root, limits: limits)
      let dimensions = tensor.shape.dimensions
      guard dimensions.count > name.smallestRank, let batch = dimensions.first else {
        throw Self.mismatch(
          dimensions, of: name, expected: Array(repeating: nil, count: name.smallestRank + 1),
          "a top-level tensor carries the batch axis first, also for one item, "
            + "so \(name.rawValue) has at least \(name.smallestRank + 1) axes")
      }
      guard batch == count ?? batch else {
        throw Self.mismatch(
          dimensions, of: name, expected: [count] + dimensions.dropFirst().map(Optional.some),
          "all top-level tensors share a leading batch axis")
      }
      count = batch
      tensors[name] = tensor
    }
    self.count = count ?? 0
    hasBase64Tokens = parts[.tokens]?.isBase64 ?? false
  }

  private static func mismatch(
    _ actual: [Int], of name: TensorName, expected: [Int?], _ rule: String
  ) -> ServiceProblem {
    ServiceProblem(
      .shapeMismatch, at: JSONPointer.root.appending(name.rawValue), rule,
      extensions: [.tensor(name.rawValue), .expected(expected), .actual(actual)])
  }

  /// The tensors of item `index`, without copying.
  func parts(of index: Int) -> TensorTable<TensorPart> {
    tensors.mapValues { .view($0[index]) }
  }
}

extension TensorName {
  /// The fewest axes that the tensor of one item has in any layout.
  fileprivate var smallestRank: Int {
    switch self {
    case .newline, .receivedAttention, .importance, .entropy: 1
    case .tokens, .attention, .full, .pruned, .lastToken: 2
    case .query, .key, .pixels: 3
    }
  }
}
