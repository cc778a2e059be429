public import Tensors

/// Why an input or a strategy cannot be pruned with, in terms a caller can act on.
public struct PruningError: Error, Equatable, Sendable {
  /// The kind of fault.
  public enum Code: Sendable, Equatable {
    /// A tensor's shape contradicts the layout or another tensor.
    case shapeMismatch
    /// A tensor's element type cannot be used in its place.
    case unsupportedDType
    /// A tensor holds NaN or an infinity.
    case nonFiniteValue
    /// A setting lies outside its range, or contradicts another setting.
    case valueOutOfRange
    /// A setting that this computation needs was left out.
    case missingValue
    /// A tensor that this computation needs was left out.
    case missingTensor
    /// Two tensors that exclude each other were both given.
    case conflictingTensors
    /// No retain ratio of the last stage meets the token budget.
    case budgetInfeasible
    /// Whoever wanted the result does not want it any more.
    case interrupted
  }

  /// The ratios around an infeasible token budget.
  public struct Budget: Sendable, Equatable {
    /// The mean share of tokens that was asked for.
    public let requested: Double
    /// The mean share with a last ratio of 0, which itself cannot be reached.
    public let smallest: Double
    /// The mean share with a last ratio of 1.
    public let largest: Double
  }

  /// The kind of fault.
  public let code: Code
  /// The tensor at fault, if it is one.
  public let tensor: TensorName?
  /// The other tensor of a conflict.
  public let otherTensor: TensorName?
  /// The flat index of the first non-finite element; nil when only a sum overflowed.
  public let index: Int?
  /// The dimensions that would fit, nil where any positive size does.
  public let expected: [Int?]
  /// The dimensions that were found.
  public let actual: [Int]
  /// The element types that would do, with ``Code/unsupportedDType``.
  public let supported: [DType]
  /// The setting at fault, if it is one.
  public let field: PruningField?
  /// The stage whose setting is at fault, counted from 0.
  public let stage: Int?
  /// The feasible ratios, with ``Code/budgetInfeasible``.
  public let budget: Budget?
  /// The number of tokens that form no square, where for that reason a layout is needed.
  public let tokens: Int?
  /// The rule that was broken, as one constant English clause for people.
  public let rule: StaticString

  init(
    _ code: Code, tensor: TensorName? = nil, otherTensor: TensorName? = nil, index: Int? = nil,
    expected: [Int?] = [], actual: [Int] = [], supported: [DType] = [], field: PruningField? = nil,
    stage: Int? = nil, budget: Budget? = nil, tokens: Int? = nil, rule: StaticString
  ) {
    self.code = code
    self.tensor = tensor
    self.otherTensor = otherTensor
    self.index = index
    self.expected = expected
    self.actual = actual
    self.supported = supported
    self.field = field
    self.stage = stage
    self.budget = budget
    self.tokens = tokens
    self.rule = rule
  }

  /// The rule with the numbers of this occurrence.
  public var explanation: String {
    if let budget {
      return "\(rule): \(budget.requested) is asked for, above \(budget.smallest) and at most "
        + "\(budget.largest) can be reached"
    }
    if let tokens { return "\(rule): \(tokens) is not a square, so a layout is needed" }
    return rule.description
  }

  /// Compares what was wrong and where; the rule is for people.
  public static func == (left: PruningError, right: PruningError) -> Bool {
    left.code == right.code && left.tensor == right.tensor && left.index == right.index
      && left.field == right.field && left.stage == right.stage
  }

  static func outOfRange(
    _ field: PruningField, stage: Int? = nil, _ rule: StaticString
  ) -> PruningError {
    PruningError(.valueOutOfRange, field: field, stage: stage, rule: rule)
  }

  static var interrupted: PruningError {
    PruningError(.interrupted, rule: "the work was interrupted")
  }

  static func missing(
    _ field: PruningField, stage: Int? = nil, _ rule: StaticString
  ) -> PruningError {
    PruningError(.missingValue, field: field, stage: stage, rule: rule)
  }
}

/// The tensors of a request by their name on the wire.
public enum TensorName: String, Sendable, CaseIterable {
  /// `[N,D]`, the visual tokens.
  case tokens
  /// `[D]`, the newline embedding.
  case newline
  /// `[H,N,N]` or `[N,N]`, attention probabilities.
  case attention
  /// `[H,N,d]`, the queries of the attention layer.
  case query
  /// `[H,N,d]`, the keys of the attention layer.
  case key
  /// `[N]`, attention that each token receives.
  case receivedAttention = "received_attention"
  /// `[N]`, a finished importance map.
  case importance
  /// `[N]`, patch entropy in bits.
  case entropy
  /// `[H,W,3]` or `[3,H,W]`, 8-bit RGB.
  case pixels
  /// `[samples,hidden]`, hidden states without pruning.
  case full
  /// `[samples,hidden]`, hidden states with pruning.
  case pruned
  /// `[rows,hidden]`, hidden states of a calibration set's last tokens.
  case lastToken = "last_token"
}

/// The settings of a request by their name on the wire.
public enum PruningField: String, Sendable, CaseIterable {
  /// Multiplier of the mean received attention.
  case globalThreshold = "global_threshold"
  /// Weight of the patch entropy.
  case entropyWeight = "entropy_weight"
  /// Whether pruned tokens are merged.
  case recycling
  /// Side of a recycling cell in tokens.
  case recyclingCellSize = "recycling_cell_size"
  /// Layers of the language model.
  case layers
  /// The list of stages.
  case stages
  /// The first layer that a stage applies to.
  case layer
  /// The share of tokens that a stage keeps.
  case retainRatio = "retain_ratio"
  /// Mean share of tokens over all layers.
  case tokenBudget = "token_budget"
  /// The counting rule.
  case count
  /// The arrangement of tokens.
  case layout
  /// Grid rows.
  case rows
  /// Grid columns.
  case columns
  /// Leading tokens that are no patches.
  case clsTokens = "cls_tokens"
  /// Side of a tile in tokens.
  case side
  /// Side of a tile in pixels.
  case tilePixels = "tile_pixels"
  /// Width of the original image.
  case imageWidth = "image_width"
  /// Height of the original image.
  case imageHeight = "image_height"
  /// Tiles' worth of local tokens beyond which the local map is reduced.
  case maxTiles = "max_tiles"
  /// Tiles per row of the tile grid.
  case gridWidth = "grid_width"
  /// Rows of the tile grid.
  case gridHeight = "grid_height"
  /// Video frames.
  case frames
  /// Side of the pooled square in tokens.
  case pool
  /// Side of a patch in pixels.
  case patchPixels = "patch_pixels"
  /// Length of the token sequence.
  case inputTokens = "input_tokens"
  /// Text tokens around the visual tokens.
  case textTokens = "text_tokens"
  /// Width of the language model.
  case hidden
  /// Width of all key-value heads together.
  case kvWidth = "kv_width"
  /// Width of the feed-forward layer.
  case ffn

  /// The request object that holds a setting.
  public enum Owner: Sendable, Equatable {
    /// The `strategy` object.
    case strategy
    /// The `layout` object.
    case layout
    /// The item itself.
    case item
    /// The `model` object.
    case model
  }

  /// The request object that holds this setting.
  public var owner: Owner {
    switch self {
    case .globalThreshold, .entropyWeight, .recycling, .recyclingCellSize, .layers, .stages,
      .layer, .retainRatio, .tokenBudget, .count:
      .strategy
    case .rows, .columns, .clsTokens, .side, .tilePixels, .imageWidth, .imageHeight, .maxTiles,
      .gridWidth, .gridHeight, .frames, .pool, .patchPixels:
      .layout
    case .layout, .inputTokens, .textTokens: .item
    case .hidden, .kvWidth, .ffn: .model
    }
  }
}
