import Tensors
import Testing
import VectorKernels

@testable import TokenPruning

struct PatchEntropyTests {
  private let pruner = Pruner(kernels: .best)

  @Test(arguments: [
    "entropy_edge_132", "entropy_n576_blocks", "entropy_n729_photo", "entropy_n81_batch",
  ])
  func `equals the reference on raw pixels`(name: String) throws {
    let reference = try ReferenceCase(name)
    let images = try reference.tensor("image")
    let side = try reference.integer("side")
    for image in 0..<images.shape[0] {
      let expected = try reference.floats("entropy_raw", image)
      let alone = try pruner.patchEntropy(of: images[image])
      #expect(alone.rows == side && alone.columns == side)
      expectClose(alone.bits, expected, "entropy")
      let inLayout = try pruner.patchEntropy(
        of: images[image], layout: .grid(rows: side, columns: side, clsTokens: 0))
      #expect(inLayout == alone.bits)
    }
  }
}
