/// How the tokens of one item are arranged.
public enum TokenLayout: Sendable, Equatable {
  /// One row-major grid.
  case grid(rows: Int, columns: Int, clsTokens: Int)
  /// Tokens in a row that form no grid: enough where nothing is recycled.
  case sequence(tokens: Int, clsTokens: Int)
  /// A base tile and a grid of local tiles of one image.
  case anyres(AnyresLayout)
  /// Video frames.
  case frames(FramesLayout)

  /// The layout of `tokens` tokens of which nothing else is known: a square grid if they form one.
  ///
  /// - Parameters:
  ///   - tokens: The tokens of the item, without [CLS].
  ///   - clsTokens: Leading rows of attention, query and key that are no patches.
  /// - Returns: A grid, or else a sequence.
  public static func inferred(tokens: Int, clsTokens: Int = 0) -> TokenLayout {
    guard tokens > 0, tokens <= TokenGeometry.maximumTokens else {
      return .sequence(tokens: tokens, clsTokens: clsTokens)
    }
    let side = Int(Double(tokens).squareRoot().rounded())
    return side * side == tokens
      ? .grid(rows: side, columns: side, clsTokens: clsTokens)
      : .sequence(tokens: tokens, clsTokens: clsTokens)
  }
}

extension TokenLayout {
  /// The tokens that the layout's tensors have, which is what working it out costs.
  ///
  /// Valid or not: sizes that are out of range count as ``TokenGeometry/maximumTokens``.
  public var statedTokens: Int {
    let factors =
      switch self {
      case .grid(let rows, let columns, _): [rows, columns]
      case .sequence(let tokens, _): [tokens]
      case .anyres(let layout):
        [layout.side, layout.side, 1 + (layout.gridWidth ?? 6) * (layout.gridHeight ?? 6)]
      case .frames(let layout): [layout.frames, layout.rows, layout.columns]
      }
    // Films end in a newline of their own.
    let extra = if case .frames = self { 1 } else { 0 }
    var product = 1
    for factor in factors {
      product *= max(0, min(factor, TokenGeometry.maximumTokens))
      guard product <= TokenGeometry.maximumTokens else {
        return TokenGeometry.maximumTokens + extra
      }
    }
    return product + extra
  }
}

/// A base tile and a grid of local tiles of one image, as LLaVA-OneVision encodes it.
public struct AnyresLayout: Sendable, Equatable {
  /// The side of a tile in tokens.
  public var side: Int
  /// The side of a tile in pixels.
  public var tilePixels: Int
  /// The width of the original image in pixels.
  public var imageWidth: Int
  /// The height of the original image in pixels.
  public var imageHeight: Int
  /// Local maps of more than about 1.21 times this many tiles are reduced bilinearly.
  public var maxTiles: Int
  /// Tiles per row; nil chooses the grid as the preprocessing does.
  public var gridWidth: Int?
  /// Rows of tiles; given exactly when the width is.
  public var gridHeight: Int?

  /// Makes a layout; nothing is checked before it is used.
  public init(
    side: Int, tilePixels: Int, imageWidth: Int, imageHeight: Int, maxTiles: Int = 9,
    gridWidth: Int? = nil, gridHeight: Int? = nil
  ) {
    self.side = side
    self.tilePixels = tilePixels
    self.imageWidth = imageWidth
    self.imageHeight = imageHeight
    self.maxTiles = maxTiles
    self.gridWidth = gridWidth
    self.gridHeight = gridHeight
  }
}

/// Video frames of equal size, reduced bilinearly and followed by one newline token.
public struct FramesLayout: Sendable, Equatable {
  /// The number of frames.
  public var frames: Int
  /// Grid rows of one frame before pooling.
  public var rows: Int
  /// Grid columns of one frame before pooling.
  public var columns: Int
  /// The reduction per axis: a pooled side is `ceil(side / pool)`.
  public var pool: Int

  /// Makes a layout; nothing is checked before it is used.
  public init(frames: Int, rows: Int, columns: Int, pool: Int = 2) {
    self.frames = frames
    self.rows = rows
    self.columns = columns
    self.pool = pool
  }
}
