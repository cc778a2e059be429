import Testing

@testable import VectorKernels

@Suite struct BilinearCellTests {
  @Test func `turns distances into weights that add up to one`() {
    let cell = BilinearCell(rows: (3, 4, 30, 31), down: 0.25, across: 0.75)
    #expect((cell.topLeft, cell.topRight) == (3, 4))
    #expect((cell.bottomLeft, cell.bottomRight) == (30, 31))
    #expect((cell.top, cell.bottom) == (0.75, 0.25))
    #expect((cell.left, cell.right) == (0.25, 0.75))
  }
}
