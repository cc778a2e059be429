import Testing

@testable import Tensors

@Suite struct HeadSumsTests {
  /// Three groups of two heads of 2 x 2, whose sums are numbered.
  private func tensor(_ shape: Shape, firstNonFinite: [Int?]) throws -> Tensor {
    let sums = try Tensor((0..<12).map { Float($0) }, shape: [3, 2, 2])
    let storage = TensorStorage(byteCount: 48) { bytes in
      for index in 0..<12 {
        bytes.storeBytes(of: sums.float(at: index), toByteOffset: index * 4, as: Float.self)
      }
    }
    return Tensor(
      dtype: .float16, shape: shape,
      sums: HeadSums(storage: storage, heads: 2, rows: 2, firstNonFinite: firstNonFinite))
  }

  @Test func `a tensor without elements keeps shape and dtype`() throws {
    let tensor = try tensor([3, 2, 2, 2], firstNonFinite: [nil, nil, nil])
    #expect(tensor.dtype == .float16)
    #expect(tensor.byteCount == 48)
    #expect(tensor.bytes.byteCount == 0)
    #expect(tensor.firstNonFiniteSummand == nil)
    #expect(tensor.headSums?.shape == [3, 2, 2])
  }

  @Test func `its entries have the sums of their own groups`() throws {
    let tensor = try tensor([1, 3, 2, 2, 2], firstNonFinite: [nil, 5, 1])
    let item = tensor[0]
    #expect(item.headSums?.shape == [3, 2, 2])
    #expect(item.firstNonFiniteSummand == 8 + 5)
    for group in 0..<3 {
      let sums = try #require(item[group].headSums)
      #expect(sums.shape == [2, 2])
      #expect((0..<4).map { sums.float(at: $0) } == (0..<4).map { Float(group * 4 + $0) })
      #expect(item[group].firstNonFiniteSummand == [nil, 5, 1][group])
    }
  }

  @Test func `a tensor with elements has no sums`() throws {
    let tensor = try Tensor([1, 2], shape: [2])
    #expect(tensor.headSums == nil)
    #expect(tensor.firstNonFiniteSummand == nil)
  }
}
