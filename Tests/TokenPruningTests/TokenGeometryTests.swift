import Testing

@testable import TokenPruning

struct TokenGeometryTests {
  private struct Fault: CustomTestStringConvertible {
    let layout: TokenLayout
    let field: PruningField
    var code = PruningError.Code.valueOutOfRange
    var testDescription: String { "\(field.rawValue) \(layout)" }
  }

  private static func anyres(
    side: Int = 2, pixels: Int = 10, width: Int = 20, height: Int = 20, tiles: Int = 9,
    gridWidth: Int? = nil, gridHeight: Int? = nil
  ) -> TokenLayout {
    .anyres(
      AnyresLayout(
        side: side, tilePixels: pixels, imageWidth: width, imageHeight: height, maxTiles: tiles,
        gridWidth: gridWidth, gridHeight: gridHeight))
  }

  private static func frames(
    _ frames: Int, rows: Int = 2, columns: Int = 2, pool: Int = 2
  ) -> TokenLayout {
    .frames(FramesLayout(frames: frames, rows: rows, columns: columns, pool: pool))
  }

  private static let faults: [Fault] = [
    Fault(layout: .grid(rows: 0, columns: 3, clsTokens: 0), field: .rows),
    Fault(layout: .grid(rows: 3, columns: -1, clsTokens: 0), field: .columns),
    Fault(layout: .grid(rows: .max, columns: .max, clsTokens: 0), field: .rows),
    Fault(layout: .grid(rows: 1 << 22, columns: 2, clsTokens: 0), field: .rows),
    Fault(layout: .grid(rows: 2, columns: 2, clsTokens: -1), field: .clsTokens),
    Fault(layout: .grid(rows: 2, columns: 2, clsTokens: .max), field: .clsTokens),
    Fault(layout: .sequence(tokens: 0, clsTokens: 0), field: .inputTokens),
    Fault(layout: .inferred(tokens: .max), field: .inputTokens),
    Fault(layout: .inferred(tokens: .min), field: .inputTokens),
    Fault(layout: anyres(side: 0), field: .side),
    Fault(layout: anyres(side: .max), field: .side),
    Fault(layout: anyres(side: 1024), field: .side),
    Fault(layout: anyres(pixels: 0), field: .tilePixels),
    Fault(layout: anyres(width: 0), field: .imageWidth),
    Fault(layout: anyres(height: .max), field: .imageHeight),
    Fault(layout: anyres(tiles: 0), field: .maxTiles),
    Fault(layout: anyres(gridWidth: 2), field: .gridHeight, code: .missingValue),
    Fault(layout: anyres(gridHeight: 2), field: .gridWidth, code: .missingValue),
    Fault(layout: anyres(gridWidth: 65, gridHeight: 1), field: .gridWidth),
    Fault(layout: anyres(gridWidth: 1, gridHeight: 0), field: .gridHeight),
    Fault(layout: anyres(width: 1 << 24, height: 1), field: .imageHeight),
    Fault(layout: anyres(width: 1, height: 1 << 24), field: .imageWidth),
    Fault(layout: frames(0), field: .frames),
    Fault(layout: frames(.max), field: .frames),
    Fault(layout: frames(1 << 16, rows: 65, columns: 1), field: .frames),
    Fault(layout: frames(1, rows: 0), field: .rows),
    Fault(layout: frames(1, columns: .max), field: .columns),
    Fault(layout: frames(1, pool: 0), field: .pool),
    Fault(layout: frames(1, pool: .max), field: .pool),
  ]

  @Test(arguments: faults)
  private func `refuses a layout and names the setting at fault`(fault: Fault) {
    let error = #expect(throws: PruningError.self) { try TokenGeometry(fault.layout) }
    #expect(error?.field == fault.field && error?.code == fault.code)
  }

  @Test(arguments: [(729, 27), (1, 1), (576, 24), (4_194_304, 2048)])
  func `a square number of tokens is a square grid`(tokens: Int, side: Int) {
    #expect(
      TokenLayout.inferred(tokens: tokens, clsTokens: 1)
        == .grid(rows: side, columns: side, clsTokens: 1))
  }

  @Test(arguments: [2, 543, 728, 730])
  func `other numbers of tokens are a sequence`(tokens: Int) {
    #expect(TokenLayout.inferred(tokens: tokens) == .sequence(tokens: tokens, clsTokens: 0))
  }

  @Test func `tiles are stitched row by row`() throws {
    let geometry = try TokenGeometry(Self.anyres(gridWidth: 2, gridHeight: 1))
    // 20 x 20 pixels on 2 x 1 tiles of side 2: a 2 x 4 map, of which columns 1 and 2 hold pixels.
    #expect(geometry.tiles == 3)
    #expect(geometry.count == 4 + 2 * 3)
    let origins = (4..<10).map { geometry.origin(of: $0) }
    #expect(
      origins == [.row(5), .row(8), .newline, .row(7), .row(10), .newline])
  }

  @Test func `positions follow the local map`() throws {
    let geometry = try TokenGeometry(Self.anyres(gridWidth: 2, gridHeight: 1))
    let positions = TokenPositions([1, 2, 4, 5, 6, 8], in: geometry)
    #expect(positions.original == [1, 2, 4, 5, 6, 8])
    #expect(positions.compact == [0, 1, 2, 3, 4, 5])
    #expect(positions.row == [0, 1, 0, 0, 0, 1])
    #expect(positions.column == [1, 0, 0, 1, -1, 1])
    #expect(positions.tile == [0, 0, 1, 2, -1, 2])
  }

  @Test func `a reduced map assigns tokens to the tile under their centre`() throws {
    let geometry = try TokenGeometry(
      Self.anyres(side: 3, width: 20, height: 20, tiles: 1, gridWidth: 2, gridHeight: 2))
    // 6 x 6 becomes 3 x 3; the middle token's centre lies on the corner of all four tiles.
    #expect(geometry.count == 9 + 3 * 4)
    let positions = TokenPositions((9..<21).map { $0 }, in: geometry)
    #expect(positions.tile == [1, 2, 2, -1, 3, 4, 4, -1, 3, 4, 4, -1])
  }

  @Test func `frames end with one newline`() throws {
    let geometry = try TokenGeometry(Self.frames(2, rows: 3, columns: 3))
    #expect(geometry.count == 2 * 4 + 1 && geometry.newlineCount == 1)
    let positions = TokenPositions([0, 3, 4, 8], in: geometry)
    #expect(positions.row == [0, 1, 0, -1])
    #expect(positions.column == [0, 1, 0, -1])
    #expect(positions.tile == [0, 0, 1, -1])
  }

  @Test func `a sequence has no rows and columns`() throws {
    let positions = TokenPositions([1], in: try TokenGeometry(.inferred(tokens: 3)))
    #expect(positions.row == nil && positions.column == nil && positions.tile == nil)
  }

  @Test func `pooling by 1 mixes nothing`() throws {
    let geometry = try TokenGeometry(Self.frames(2, rows: 3, columns: 3, pool: 1))
    #expect(geometry.origin(of: 10) == .row(10))
  }

  @Test func `frames are counted without being listed`() throws {
    let layout = TokenLayout.frames(FramesLayout(frames: 5, rows: 4, columns: 3, pool: 2))
    let listed = try TokenGeometry(layout)
    let counted = try TokenGeometry(layout, listsFrames: false)
    #expect(listed.regions.count == 5 && counted.regions.count == 1)
    #expect(listed.count == counted.count && listed.count == 5 * 2 * 2 + 1)
    #expect(listed.newlineCount == counted.newlineCount)
  }
}
