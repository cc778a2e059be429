import Tensors
import TestSupport
import Testing
import VectorKernels

@testable import TokenPruning

struct PatchEntropyTests {
  private let pruner = Pruner(kernels: .best)

  @Test(arguments: [
    "entropy_edge_132", "entropy_n576_blocks", "entropy_n729_photo", "entropy_n81_batch",
  ])
  func `equals the reference on raw pixels`(name: String) throws {
    let reference = try ReferenceFixture(name)
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

extension PatchEntropyTests {
  @Test func `both channel orders give the same entropy`() throws {
    let planar = try randomPixels([3, 9, 12], seed: 4)
    let bytes = planar.floats
    let storage = TensorStorage(byteCount: 9 * 12 * 3) { span in
      for pixel in 0..<108 {
        for channel in 0..<3 {
          span.storeBytes(
            of: UInt8(bytes[channel * 108 + pixel]), toByteOffset: pixel * 3 + channel,
            as: UInt8.self)
        }
      }
    }
    let interleaved = try Tensor(dtype: .uint8, shape: [9, 12, 3], storage: storage)
    let pruner = Pruner(kernels: .best)
    #expect(
      try pruner.patchEntropy(of: planar, patchPixels: 4)
        == pruner.patchEntropy(of: interleaved, patchPixels: 4))
  }

  @Test func `the last axis holds the channels where both could`() throws {
    let pixels = try randomPixels([3, 5, 3], seed: 4)
    let entropy = try Pruner(kernels: .best).patchEntropy(of: pixels, patchPixels: 3)
    #expect(entropy.rows == 1 && entropy.columns == 1)
    let wide = try Pruner(kernels: .best).patchEntropy(of: pixels, patchPixels: 1)
    #expect(wide.rows == 3 && wide.columns == 5)
  }

  @Test func `a patch is as large as the pixels allow`() throws {
    // 13 rows for 3 tokens and 9 columns for 2: floor(min(4.33, 4.5)) is 4.
    let pixels = try randomPixels([13, 9, 3], seed: 4)
    let pruner = Pruner(kernels: .best)
    let layout = TokenLayout.grid(rows: 3, columns: 2, clsTokens: 0)
    let found = try pruner.patchEntropy(of: pixels, layout: layout, patchPixels: 4)
    #expect(found == (try pruner.patchEntropy(of: pixels, patchPixels: 4)).bits)
  }

  @Test(arguments: [0, -1, 14, .max])
  func `refuses patches that do not fit`(patch: Int) throws {
    let pixels = try randomPixels([13, 9, 3], seed: 4)
    #expect(throws: PruningError.self) {
      try Pruner(kernels: .best).patchEntropy(of: pixels, patchPixels: patch)
    }
  }
}
