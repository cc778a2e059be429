import Testing

@testable import Tensors

@Suite struct ShapeTests {
  @Test(arguments: [([], 1), ([0, 5], 0), ([2, 3, 4], 24)])
  func `counts elements`(dimensions: [Int], count: Int) throws {
    #expect(try Shape(checking: dimensions).elementCount == count)
  }

  @Test(arguments: [[Int.max, 2], [1 << 32, 1 << 32], [Int.max, Int.max, 0]])
  func `refuses a product that overflows`(dimensions: [Int]) {
    #expect(throws: TensorError(.sizeOverflow, dimensions: dimensions)) {
      try Shape(checking: dimensions)
    }
  }

  @Test func `refuses a negative dimension`() {
    #expect(throws: TensorError(.negativeDimension, dimensions: [])) {
      try Shape(checking: [3, -1])
    }
  }
}
