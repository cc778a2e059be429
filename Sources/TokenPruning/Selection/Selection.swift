/// Something unusual that happened without being an error.
public enum PruningFlag: String, Sendable, CaseIterable {
  /// No token of some tile passed the global threshold; plain received attention was used.
  case noGlobalTokens = "no_global_tokens"
  /// Every token was pruned and only recycled ones remain.
  case allRecycled = "all_recycled"
}

/// Which tokens each recycled row was merged from, as compressed sparse rows.
public struct Merges: Sendable, Equatable {
  /// `[R+1]`: row `j` owns entries `offsets[j]..<offsets[j + 1]`.
  public let offsets: [Int32]
  /// Input tokens, ascending within a row.
  public let sources: [Int32]
  /// Non-negative, summing to 1 within a row.
  public let weights: [Float]

  static let none = Merges(offsets: [0], sources: [], weights: [])
}

/// A stage after the vision stage.
public struct RetainedStage: Sendable, Equatable {
  /// The first layer that sees the shortened sequence.
  public let layer: Int
  /// The share kept of what entered the stage.
  public let retainRatio: Double
  /// Rows of the vision stage's output that are still present, ascending.
  public let retainedRows: [Int32]

  /// The number of rows.
  public var count: Int { retainedRows.count }
}

/// Where the retained rows lie, row by row.
public struct TokenPositions: Sendable, Equatable {
  /// Index in the merged sequence before pruning.
  public let original: [Int32]
  /// Consecutive numbers from 0.
  public let compact: [Int32]
  /// Row in the token's map, where the layout has one; -1 for a newline that ends no row.
  ///
  /// The map is the grid, the base grid, the local map as reduced, or a pooled frame.
  public let row: [Int32]?
  /// Column in that map; -1 for a newline.
  public let column: [Int32]?
  /// The tile that the token's centre lies in, or the frame; -1 for a newline.
  public let tile: [Int32]?
}

/// The outcome for one item: which rows remain, what they were merged from, and until when.
public struct Selection: Sendable {
  /// The length of the merged sequence.
  public let inputTokens: Int
  /// `[K]` ascending, recycled tokens at their host index.
  public let retainedIndices: [Int32]
  /// `[K]`, 1 where the row is a recycled token.
  public let recycledMask: [UInt8]
  /// `[K]`, carried into later stages.
  public let importance: [Float]
  /// The sources of each recycled row.
  public let merges: Merges
  /// One entry per stage after layer 0; nested.
  public let stages: [RetainedStage]
  /// Where the retained rows lie.
  public let positions: TokenPositions
  /// Everything that was known before anything was selected.
  public let map: ImportanceMap
  /// What the caller should know about this item.
  public let flags: [PruningFlag]
  /// How many of the merged sequence are newline tokens.
  public let newlineTokens: Int
  let geometry: TokenGeometry

  /// The number of rows that leave the vision stage.
  public var count: Int { retainedIndices.count }
  /// The number of recycled rows.
  public var recycledCount: Int { merges.offsets.count - 1 }
  /// The counts of all stages, the vision stage's first.
  public var stageCounts: [Int] { [count] + stages.map(\.count) }
}
