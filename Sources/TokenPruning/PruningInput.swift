public import Tensors

/// Where the importance of the tokens comes from.
public enum ImportanceSource: Sendable {
  /// `[H,N,N]` or `[N,N]` probabilities, row = query; tiled layouts have a leading tile axis.
  case attention(Tensor)
  /// `[H,N,d]` each; tiled layouts have a leading tile axis.
  case queryKey(query: Tensor, key: Tensor)
  /// `[N]`, used as context relevance.
  case receivedAttention(Tensor)
  /// `[N]`, a finished map.
  case importance(Tensor)

  /// Picks the one source among the tensors that were given.
  ///
  /// - Parameters:
  ///   - attention: Attention probabilities.
  ///   - query: Queries, together with `key`.
  ///   - key: Keys, together with `query`.
  ///   - receivedAttention: Received attention.
  ///   - importance: A finished importance map.
  /// - Throws: ``PruningError/Code/missingTensor``, ``PruningError/Code/conflictingTensors``.
  public init(
    attention: Tensor?, query: Tensor?, key: Tensor?, receivedAttention: Tensor?,
    importance: Tensor?
  ) throws(PruningError) {
    var found: [(TensorName, ImportanceSource)] = []
    if let attention { found.append((.attention, .attention(attention))) }
    if let query, let key {
      found.append((.query, .queryKey(query: query, key: key)))
    } else if query != nil || key != nil {
      throw PruningError(
        .missingTensor, tensor: query == nil ? .query : .key, rule: "query and key go together")
    }
    if let receivedAttention {
      found.append((.receivedAttention, .receivedAttention(receivedAttention)))
    }
    if let importance { found.append((.importance, .importance(importance))) }
    guard let first = found.first else {
      throw PruningError(
        .missingTensor, tensor: .attention,
        rule: "one of attention, query and key, received_attention, importance is needed")
    }
    guard found.count == 1 else {
      throw PruningError(
        .conflictingTensors, tensor: found[1].0, otherTensor: first.0,
        rule: "only one importance source may be given")
    }
    self = first.1
  }

  /// The source's name in answers.
  public var name: ImportanceSourceName {
    switch self {
    case .attention: .attention
    case .queryKey: .queryKey
    case .receivedAttention: .receivedAttention
    case .importance: .importance
    }
  }
}

/// The names of importance sources on the wire.
public enum ImportanceSourceName: String, Sendable, CaseIterable {
  /// Attention probabilities were given.
  case attention
  /// Attention was formed from query and key.
  case queryKey = "query_key"
  /// Received attention was given and used as context relevance.
  case receivedAttention = "received_attention"
  /// A finished map was given.
  case importance
}

/// One item to prune, without a batch axis.
public struct PruningInput: Sendable {
  /// How the tokens are arranged.
  public var layout: TokenLayout
  /// `[N,D]`, `[tiles,n,D]` in tiled layouts; left out, no features move.
  public var tokens: Tensor?
  /// `[D]` in the dtype of `tokens`; given exactly when an anyres or frames item has tokens.
  public var newline: Tensor?
  /// Where importance comes from.
  public var importance: ImportanceSource
  /// `[N]` bits, `[tiles,n]` in tiled layouts.
  public var entropy: Tensor?
  /// U8 `[H,W,3]` or `[3,H,W]`, behind a leading tile axis in tiled layouts.
  public var pixels: Tensor?
  /// The side of a patch in pixels, which must then agree with the pixels.
  public var patchPixels: Int?
  /// Whether the entropy of `pixels` is computed even where the strategy gives it no weight.
  public var reportsEntropy: Bool

  /// Makes an item; nothing is checked before it is used.
  public init(
    layout: TokenLayout, importance: ImportanceSource, tokens: Tensor? = nil,
    newline: Tensor? = nil, entropy: Tensor? = nil, pixels: Tensor? = nil,
    patchPixels: Int? = nil, reportsEntropy: Bool = false
  ) {
    self.layout = layout
    self.tokens = tokens
    self.newline = newline
    self.importance = importance
    self.entropy = entropy
    self.pixels = pixels
    self.patchPixels = patchPixels
    self.reportsEntropy = reportsEntropy
  }
}
