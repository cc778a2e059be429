/// The importance of every token and what it was made from.
public struct ImportanceMap: Sendable {
  /// `[L]`: the merged sequence; newline tokens have 1.
  public let merged: [Float]
  /// `[tiles * n]`, where importance comes from attention or was given as such.
  public let receivedAttention: [Float]?
  /// `[tiles * n]`, 1 for global tokens, where importance comes from attention.
  public let globalMask: [UInt8]?
  /// `[tiles * n]` bits, where given or computed.
  public let entropy: [Float]?
  /// Tiles without a global token, ascending; tile 0 stands for a single grid.
  public let noGlobalTiles: [Int32]
  /// Where importance came from.
  public let source: ImportanceSourceName
  /// The leading axis of the per-tile lists, nil for a layout without tiles.
  public let tiles: Int?
  /// The tokens of one tile, without [CLS].
  public let tokensPerTile: Int
  let geometry: TokenGeometry
  let clsTokens: Int

  /// What the caller should know about the map.
  public var flags: [PruningFlag] { noGlobalTiles.isEmpty ? [] : [.noGlobalTokens] }
}
