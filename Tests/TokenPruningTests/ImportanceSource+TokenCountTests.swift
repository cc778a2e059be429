import Tensors
import Testing

@testable import TokenPruning

struct ImportanceSourceTokenCountTests {
  private func tensor(_ dimensions: [Int]) throws -> Tensor {
    try randomTensor(dimensions, seed: 1)
  }

  @Test func `every source tells the number of tokens`() throws {
    #expect(try ImportanceSource.importance(tensor([9])).tokenCount(clsTokens: 0) == 9)
    #expect(try ImportanceSource.receivedAttention(tensor([9])).tokenCount(clsTokens: 2) == 9)
    #expect(try ImportanceSource.attention(tensor([9, 9])).tokenCount(clsTokens: 0) == 9)
    #expect(try ImportanceSource.attention(tensor([2, 10, 10])).tokenCount(clsTokens: 1) == 9)
    let query = try tensor([2, 10, 3])
    #expect(try ImportanceSource.queryKey(query: query, key: query).tokenCount(clsTokens: 1) == 9)
  }

  @Test(arguments: [[9, 8], [2, 9, 8], [9], [], [0, 0], [0, 9, 9], [1, 2, 9, 9]])
  func `attention must be square`(dimensions: [Int]) throws {
    let source = ImportanceSource.attention(try tensor(dimensions))
    let error = #expect(throws: PruningError.self) { try source.tokenCount(clsTokens: 0) }
    #expect(error?.code == .shapeMismatch)
    #expect(error?.tensor == .attention)
    #expect(error?.actual == dimensions)
    #expect(error?.explanation.contains("must be square") == true)
  }

  @Test(arguments: [[], [0], [1, 9]])
  func `a source of another rank tells no number`(dimensions: [Int]) throws {
    let values = try tensor(dimensions)
    for (source, name) in [
      (ImportanceSource.importance(values), TensorName.importance),
      (.receivedAttention(values), .receivedAttention),
      (.queryKey(query: values, key: values), .query),
    ] {
      let error = #expect(throws: PruningError.self) { try source.tokenCount(clsTokens: 0) }
      #expect(error?.code == .shapeMismatch)
      #expect(error?.tensor == name)
    }
  }

  @Test func `[CLS] rows leave at least one token`() throws {
    let source = ImportanceSource.attention(try tensor([4, 4]))
    let error = #expect(throws: PruningError.self) { try source.tokenCount(clsTokens: 4) }
    #expect(error?.field == .clsTokens)
    #expect(try source.tokenCount(clsTokens: 3) == 1)
  }
}
