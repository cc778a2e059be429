import Testing

@testable import Tensors

@Suite struct TensorTests {
  @Test func `slices the leading axis without copying`() throws {
    let tensor = try Tensor([0, 1, 2, 3, 4, 5], shape: [3, 2])
    let row = tensor[2]
    #expect(row.shape == [2])
    #expect(row.float(at: 0) == 4)
    #expect(row.float(at: 1) == 5)
  }

  @Test func `reads elements at any byte offset`() throws {
    let storage = TensorStorage(byteCount: 5) { bytes in
      bytes.storeBytes(of: Float16(1.5).bitPattern, toByteOffset: 1, as: UInt16.self)
      bytes.storeBytes(of: UInt16(0x3FC0), toByteOffset: 3, as: UInt16.self)
    }
    let half = try Tensor(dtype: .float16, shape: [1], storage: storage, byteOffset: 1)
    let brain = try Tensor(dtype: .bfloat16, shape: [1], storage: storage, byteOffset: 3)
    #expect(half.float(at: 0) == 1.5)
    #expect(brain.float(at: 0) == 1.5)
  }

  @Test(arguments: [(-1, nil), (4, nil), (0, 4), (0, 12)] as [(Int, Int?)])
  func `refuses bytes that do not match the shape`(offset: Int, count: Int?) {
    let storage = TensorStorage(byteCount: 8) { _ in }
    #expect(throws: TensorError(.byteCountMismatch, dimensions: [2])) {
      try Tensor(
        dtype: .float32, shape: [2], storage: storage, byteOffset: offset, byteCount: count)
    }
  }

  @Test func `releases adopted memory exactly once`() throws {
    final class Counter: @unchecked Sendable { var value = 0 }  // one thread in this test
    let counter = Counter()
    let memory = UnsafeMutableRawPointer.allocate(byteCount: 4, alignment: 4)
    defer { unsafe memory.deallocate() }
    do {
      let storage = unsafe TensorStorage(adopting: memory, byteCount: 4) { counter.value += 1 }
      let tensor = try Tensor(dtype: .float32, shape: [1], storage: storage)
      #expect(tensor.byteCount == 4)
    }
    #expect(counter.value == 1)
  }
}
