import TestSupport
import Testing

@testable import TokenPruning

struct AnyresMapTests {
  private func map(_ width: Int, _ height: Int, tiles: Int = 9) throws -> AnyresMap {
    try AnyresMap(
      AnyresLayout(
        side: 27, tilePixels: 384, imageWidth: width, imageHeight: height, maxTiles: tiles))
  }

  @Test func `chooses grids and drops padding as the reference does`() throws {
    let rows = try ReferenceFixture("anyres_layout").integers("table")
    for start in stride(from: 0, to: rows.count, by: 8) {
      let row = Array(rows[start..<start + 8])
      let map = try map(row[0], row[1])
      let isReduced = map.rows != map.source.rows || map.columns != map.source.columns
      let found = [
        row[0], row[1], map.gridWidth, map.gridHeight, map.rows, map.columns + 1,
        729 + map.rows * (map.columns + 1), isReduced ? 1 : 0,
      ]
      #expect(found == row)
    }
  }

  @Test func `a square image of one tile keeps all of it`() throws {
    let map = try map(384, 384)
    #expect(map.gridWidth == 1 && map.gridHeight == 1)
    #expect(map.rows == 27 && map.columns == 27)
  }

  @Test func `ties go to less wasted area`() throws {
    // 100 x 100 is shown whole by every grid: the smallest wastes least.
    let map = try map(100, 100)
    #expect(map.gridWidth == 1 && map.gridHeight == 1)
  }

  @Test func `a padding row may survive an odd difference`() throws {
    let map = try map(700, 380)
    #expect(map.gridWidth == 2 && map.gridHeight == 1)
    #expect(map.source.columns == 27 * 2 - 2 * map.source.firstColumn)
    #expect(map.rows == 27 - 2 * map.source.firstRow)
  }

  @Test func `more tiles than allowed are reduced`() throws {
    let whole = try map(2304, 2304, tiles: 36)
    #expect(whole.rows == 162 && whole.columns == 162)
    let reduced = try map(2304, 2304)
    #expect(reduced.rows == 81 && reduced.columns == 81)
  }
}
