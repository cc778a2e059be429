import Testing

@testable import TokenPruning

struct RecyclingCellsTests {
  @Test func `cells are squares of the given side`() throws {
    let geometry = try TokenGeometry(.grid(rows: 3, columns: 4, clsTokens: 0))
    let cells = RecyclingCells(geometry, cellSize: 2)
    #expect(cells.cell == [0, 0, 1, 1, 0, 0, 1, 1, 2, 2, 3, 3])
    #expect(cells.count == 4)
  }

  @Test func `a fractional side gives cells of different sizes`() {
    #expect(CellBands(9, cellSize: 2.5).band == [0, 0, 0, 1, 1, 2, 2, 2, 3])
    #expect(CellBands(9, cellSize: 2.5).sizes.map(\.size) == [1, 2, 3])
    #expect(CellBands(9, cellSize: 2.5).sizes.map(\.bands) == [1, 1, 2])
  }

  @Test(arguments: [1.0, 1.000_000_1, 3, 7.3, 1e30, 1e300])
  func `no band is empty and exact multiples open a new one`(size: Double) {
    let bands = CellBands(300, cellSize: size)
    var previous: Int32 = 0
    for band in bands.band {
      #expect(band == previous || band == previous + 1)
      previous = band
    }
    #expect(Int(previous) + 1 == bands.count)
    if size == 3 { #expect(bands.band[297] == 99) }
  }

  @Test func `newlines belong to no cell and tiles share none`() throws {
    let layout = AnyresLayout(
      side: 2, tilePixels: 10, imageWidth: 20, imageHeight: 20, gridWidth: 2, gridHeight: 2)
    let geometry = try TokenGeometry(.anyres(layout))
    let cells = RecyclingCells(geometry, cellSize: 2)
    #expect(cells.cell.prefix(4) == [0, 0, 0, 0])
    #expect(cells.cell.dropFirst(4).prefix(5) == [1, 1, 2, 2, -1])
    #expect(cells.count == 5)
  }

  @Test func `frames have cells of their own`() throws {
    let geometry = try TokenGeometry(
      .frames(FramesLayout(frames: 2, rows: 2, columns: 2, pool: 1)))
    #expect(RecyclingCells(geometry, cellSize: 9).cell == [0, 0, 0, 0, 1, 1, 1, 1, -1])
  }
}
