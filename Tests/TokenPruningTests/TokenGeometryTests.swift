import Testing

@testable import TokenPruning

struct TokenGeometryTests {
  @Test func `chooses grids and drops padding as the reference does`() throws {
    let rows = try ReferenceCase("anyres_layout").integers("table")
    for start in stride(from: 0, to: rows.count, by: 8) {
      let row = Array(rows[start..<start + 8])
      let map = try AnyresMap(
        AnyresLayout(side: 27, tilePixels: 384, imageWidth: row[0], imageHeight: row[1]))
      let isReduced = map.rows != map.source.rows || map.columns != map.source.columns
      let found = [
        row[0], row[1], map.gridWidth, map.gridHeight, map.rows, map.columns + 1,
        729 + map.rows * (map.columns + 1), isReduced ? 1 : 0,
      ]
      #expect(found == row)
    }
  }
}
