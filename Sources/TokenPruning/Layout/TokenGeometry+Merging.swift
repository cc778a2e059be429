extension TokenGeometry {
  /// The importance of newline tokens: they are never less important than any patch.
  static let newlineImportance: Float = 1

  /// The importance of the merged sequence, from that of all tiles.
  ///
  /// A bilinear reduction does not preserve the sum, as in the published method.
  func merged(_ values: [Float]) -> [Float] {
    if regions.count == 1, !hasNewlines { return values }
    var merged: [Float] = []
    merged.reserveCapacity(count)
    for region in regions {
      for row in 0..<region.rows {
        for column in 0..<region.columns {
          merged.append(Self.value(region.origin(row: row, column: column), of: values))
        }
        if region.hasNewlines { merged.append(Self.newlineImportance) }
      }
    }
    if hasFinalNewline { merged.append(Self.newlineImportance) }
    return merged
  }

  private static func value(_ origin: TokenOrigin, of values: [Float]) -> Float {
    switch origin {
    case .row(let row):
      return values[row]
    case .mix(let rows, let down, let along):
      let upper = (1 - along) * values[rows.0] + along * values[rows.1]
      let lower = (1 - along) * values[rows.2] + along * values[rows.3]
      return (1 - down) * upper + down * lower
    case .newline:
      return newlineImportance
    }
  }
}
