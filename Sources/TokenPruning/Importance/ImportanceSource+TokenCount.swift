import Tensors

extension ImportanceSource {
  /// The number of tokens of an item without tiles whose layout does not tell.
  ///
  /// - Parameter clsTokens: Leading rows of attention, query and key that are no patches.
  /// - Returns: At least 1.
  /// - Throws: ``PruningError`` naming the tensor whose shape tells no number.
  public func tokenCount(clsTokens: Int) throws(PruningError) -> Int {
    switch self {
    case .receivedAttention(let tensor): return try Self.length(of: tensor, .receivedAttention)
    case .importance(let tensor): return try Self.length(of: tensor, .importance)
    case .attention(let tensor):
      return try Self.tokens(among: Self.side(of: tensor), clsTokens: clsTokens)
    case .queryKey(let query, _):
      try TensorChecks.requireShape(
        query, .query, [nil, nil, nil], "query is [heads, tokens and [CLS], size]")
      return try Self.tokens(among: query.shape[1], clsTokens: clsTokens)
    }
  }

  private static func length(of tensor: Tensor, _ name: TensorName) throws(PruningError) -> Int {
    try TensorChecks.requireShape(tensor, name, [nil], "one value per token is needed")
    return tensor.shape[0]
  }

  private static func side(of attention: Tensor) throws(PruningError) -> Int {
    let dimensions = attention.shape.dimensions
    // Where the two sides differ nobody can say which of them is right.
    let sides: [Int?] =
      dimensions.count >= 2 && dimensions.last == dimensions.dropLast().last
        && dimensions.last != 0
      ? dimensions.suffix(1) : [nil]
    let expected = (dimensions.count == 2 ? [] : [nil]) + sides + sides
    let rule: StaticString = "attention must be square over all tokens and [CLS]"
    try TensorChecks.requireShape(attention, .attention, expected, rule)
    guard let side = sides[0] else {
      throw PruningError(
        .shapeMismatch, tensor: .attention, expected: expected, actual: dimensions, rule: rule)
    }
    return side
  }

  private static func tokens(among rows: Int, clsTokens: Int) throws(PruningError) -> Int {
    guard rows > clsTokens else {
      throw .outOfRange(.clsTokens, "must leave at least one token")
    }
    return rows - clsTokens
  }
}
