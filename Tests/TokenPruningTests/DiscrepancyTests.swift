import Tensors
import TestSupport
import Testing
import VectorKernels

@testable import TokenPruning

struct DiscrepancyTests {
  private let pruner = Pruner(kernels: .best)

  @Test func `equals the reference's objective`() throws {
    let reference = try ReferenceFixture("objective_pairs")
    let found = try pruner.discrepancy(
      full: reference.tensor("full"), pruned: reference.tensor("pruned"))
    let expected = try reference.floats("similarity")
    expectClose(found.similarity, expected)
    let total = try reference.double("total")
    #expect(abs(found.mean * 7 - total) < 1e-5)
  }

  @Test func `counts rows that are not finite`() throws {
    let full = try Tensor([1, 0, .nan, 1, 0, 0, 1, 1], shape: [4, 2])
    let pruned = try Tensor([2, 0, 1, 1, 1, 1, .infinity, 1], shape: [4, 2])
    let found = try pruner.discrepancy(full: full, pruned: pruned)
    #expect(found == Discrepancy(similarity: [1, 0, 0, 0], mean: 0.25, nonFinite: 2))
  }

  @Test func `compares different dtypes`() throws {
    let full = try randomTensor([3, 20], seed: 3)
    let half = try randomTensor([3, 20], seed: 3, dtype: .float16)
    let found = try pruner.discrepancy(full: full, pruned: half)
    expectClose(found.similarity, [1, 1, 1], tolerance: 1e-5)
  }

  @Test func `refuses shapes that differ`() throws {
    let full = try randomTensor([3, 20], seed: 3)
    let pruned = try randomTensor([3, 19], seed: 3)
    let error = #expect(throws: PruningError.self) {
      try pruner.discrepancy(full: full, pruned: pruned)
    }
    #expect(error?.code == .shapeMismatch && error?.tensor == .pruned)
  }
}
