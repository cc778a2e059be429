/// What the attention of queries and keys costs: the one computation whose time is not
/// proportional to its input.
///
/// A tensor of a few hundred kilobytes can ask for hours, so the work is bounded as sizes are.
enum AttentionWork {
  /// The largest size of a head; those of published encoders are 64 to 128.
  static let maximumSize = 4096
  /// The most multiplications for one item: some 20 seconds of one core.
  ///
  /// 32 tiles of 729 tokens with 16 heads of 72 need 0.03 of it.
  static let maximumProducts = 1 << 40
  /// What a probability costs beside its dot product, in multiplications.
  private static let productsPerProbability = 32

  /// Refuses what would take too long.
  ///
  /// - Parameters:
  ///   - tiles: The number of tiles or frames.
  ///   - heads: Heads per tile.
  ///   - rows: Tokens of a tile, with [CLS].
  ///   - size: The length of a query.
  /// - Throws: ``PruningError/Code/valueOutOfRange`` at the queries.
  static func check(tiles: Int, heads: Int, rows: Int, size: Int) throws(PruningError) {
    guard size <= maximumSize else {
      throw PruningError(
        .valueOutOfRange, tensor: .query, rule: "the size of a head must be at most 4096")
    }
    var products = size + productsPerProbability
    for factor in [tiles, heads, rows, rows] {
      let (product, overflow) = products.multipliedReportingOverflow(by: factor)
      guard !overflow, product <= maximumProducts else {
        throw PruningError(
          .valueOutOfRange, tensor: .query,
          rule: "heads * tokens * tokens * (size + 32), over all tiles, must be at most 2^40")
      }
      products = product
    }
  }
}
