import Tensors
import VectorKernels

/// The entropy of grey levels of every patch of one image, in bits.
public struct PatchEntropy: Sendable, Equatable {
  /// Patches from top to bottom.
  public let rows: Int
  /// Patches from left to right.
  public let columns: Int
  /// `[rows * columns]`, row-major.
  public let bits: [Float]
}

/// Pixels whose shape has been checked against a grid of patches.
struct PixelGrid {
  let pixels: Tensor
  let images: Int
  let height: Int
  let width: Int
  let channelsLast: Bool
  let patch: Int

  /// Finds the axes: the one of length 3 holds the channels, the last one if both could.
  private init(_ pixels: Tensor, tiles: Int?, side: (Int, Int) -> Int) throws(PruningError) {
    guard pixels.dtype == .uint8 else {
      throw PruningError(
        .unsupportedDType, tensor: .pixels, supported: [.uint8], rule: "the dtype must be U8")
    }
    let leading: [Int?] = tiles.map { [$0] } ?? []
    let axes = Array(pixels.shape.dimensions.dropFirst(leading.count))
    channelsLast = axes.last == 3
    try TensorChecks.requireShape(
      pixels, .pixels,
      leading + (channelsLast || axes.first != 3 ? [nil, nil, 3] : [3, nil, nil]),
      "one axis, the first or the last of an image, holds 3 channels")
    self.pixels = pixels
    images = tiles ?? 1
    height = channelsLast ? axes[0] : axes[1]
    width = channelsLast ? axes[1] : axes[2]
    patch = side(height, width)
  }

  /// Pixels of the tiles of a layout: `patch = floor(min(H / rows, W / columns))`.
  init(
    _ pixels: Tensor, tiles: Int?, rows: Int, columns: Int, patchPixels: Int?
  ) throws(PruningError) {
    try self.init(pixels, tiles: tiles) { min($0 / rows, $1 / columns) }
    guard patch >= 1 else {
      throw PruningError(
        .shapeMismatch, tensor: .pixels, expected: [rows, columns], actual: [height, width],
        rule: "an image needs at least one pixel per token in each direction")
    }
    guard patchPixels == nil || patchPixels == patch else {
      throw .outOfRange(
        .patchPixels, "contradicts the pixels, which give floor(min(H/rows, W/columns))")
    }
  }

  /// Pixels of one image of which only the patch size is known.
  init(_ pixels: Tensor, patchPixels: Int) throws(PruningError) {
    try TokenGeometry.check(patchPixels, in: 1...65_536, .patchPixels, "must be 1 to 65536")
    try self.init(pixels, tiles: nil) { _, _ in patchPixels }
    guard height >= patch, width >= patch else {
      throw PruningError(
        .shapeMismatch, tensor: .pixels, expected: [patch, patch], actual: [height, width],
        rule: "the image must hold at least one patch")
    }
  }

  /// The entropy of the upper left `rows` x `columns` patches of every image.
  func entropy(rows: Int, columns: Int, kernels: KernelSet) -> [Float] {
    var bits = [Float](repeating: 0, count: images * rows * columns)
    let imageBytes = height * width * 3
    var span = bits.mutableSpan
    for image in 0..<images {
      let start = image * rows * columns
      var part = span._mutatingExtracting(start..<start + rows * columns)
      kernels.patchEntropies(
        pixels: pixels.bytes.extracting(image * imageBytes..<(image + 1) * imageBytes),
        height: height, width: width, channelsLast: channelsLast, patch: patch, rows: rows,
        columns: columns, into: &part)
    }
    return bits
  }
}
