import Testing

@testable import Tensors

@Suite struct ColumnMeansTests {
  private func tensor(
    _ dimensions: [Int], _ dtype: DType = .float16, at offset: Int = 16,
    known: [ColumnMeans]
  ) throws -> Tensor {
    let bytes = UnsafeMutableRawPointer.allocate(byteCount: 256, alignment: 64)
    unsafe bytes.initializeMemory(as: UInt8.self, repeating: 0, count: 256)
    let address = UInt(bitPattern: bytes)
    let storage = unsafe TensorStorage(adopting: bytes, byteCount: 256, columnMeans: known) {
      unsafe UnsafeMutableRawPointer(bitPattern: address)?.deallocate()
    }
    return try Tensor(
      dtype: dtype, shape: try Shape(checking: dimensions), storage: storage, byteOffset: offset)
  }

  private let known = [
    ColumnMeans(byteOffset: 16, dtype: .float16, means: [1, 2]),
    ColumnMeans(byteOffset: 24, dtype: .float16, means: [3, 4]),
    ColumnMeans(byteOffset: 32, dtype: .float16, means: [5, 6]),
  ]

  @Test func `each matrix of a batch finds its own`() throws {
    let batch = try tensor([3, 2, 2], known: known)
    #expect(batch.columnMeans == nil)
    #expect((0..<3).map { batch[$0].columnMeans } == [[1, 2], [3, 4], [5, 6]])
    let ragged = try tensor([1, 3, 2, 2], known: known)
    #expect(ragged[0][1].columnMeans == [3, 4])
    #expect(try tensor([1, 1, 2, 2], known: known).columnMeans == [1, 2])
  }

  @Test(arguments: [
    ([2, 2], DType.float16, 20), ([2, 2], .bfloat16, 16), ([1, 1], .float16, 16),
    ([2, 3], .float16, 16), ([3, 3], .float16, 16), ([4], .float16, 16), ([2, 2], .float16, 0),
    ([2, 2], .float16, 40),
  ])
  func `what is another matrix finds none`(dimensions: [Int], dtype: DType, offset: Int) throws {
    #expect(try tensor(dimensions, dtype, at: offset, known: known).columnMeans == nil)
  }

  @Test func `nothing is known of most tensors`() throws {
    #expect(try tensor([2, 2], known: []).columnMeans == nil)
    #expect(try Tensor([1, 2, 3, 4], shape: Shape(checking: [2, 2])).columnMeans == nil)
  }
}
