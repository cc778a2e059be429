import Testing

@testable import TokenPruning

struct TokenGeometryMergingTests {
  @Test func `a grid stays as it is`() throws {
    let geometry = try TokenGeometry(.grid(rows: 2, columns: 2, clsTokens: 1))
    #expect(geometry.merged([1, 2, 3, 4]) == [1, 2, 3, 4])
  }

  @Test func `tiles become the base and then local rows with newlines`() throws {
    let geometry = try TokenGeometry(
      .anyres(
        AnyresLayout(
          side: 1, tilePixels: 10, imageWidth: 20, imageHeight: 20, gridWidth: 2,
          gridHeight: 2)))
    #expect(geometry.merged([0.1, 0.2, 0.3, 0.4, 0.5]) == [0.1, 0.2, 0.3, 1, 0.4, 0.5, 1])
  }

  @Test func `padding is dropped`() throws {
    // Twice as wide as high on 2 x 2 tiles: the outer rows of the 4 x 4 map are black.
    let geometry = try TokenGeometry(
      .anyres(
        AnyresLayout(
          side: 2, tilePixels: 10, imageWidth: 20, imageHeight: 10, gridWidth: 2,
          gridHeight: 2)))
    let values = (0..<20).map { Float($0) }
    #expect(
      geometry.merged(values) == [0, 1, 2, 3, 6, 7, 10, 11, 1, 12, 13, 16, 17, 1])
  }

  @Test func `pooled frames are means of squares`() throws {
    let geometry = try TokenGeometry(
      .frames(FramesLayout(frames: 2, rows: 2, columns: 2, pool: 2)))
    #expect(geometry.merged([1, 2, 3, 4, 10, 20, 30, 40]) == [2.5, 25, 1])
  }

  @Test func `only one axis may need reducing`() throws {
    let geometry = try TokenGeometry(
      .frames(FramesLayout(frames: 1, rows: 1, columns: 4, pool: 2)))
    #expect(geometry.merged([1, 3, 5, 9]) == [2, 7, 1])
  }
}
