// Each call below reads and writes the extents that its preconditions have checked. Scratch
// memory is local to the call and large enough by construction.

internal import CVectorKernels

extension KernelSet {
  /// The Shannon entropy in bits of the grey levels of each patch.
  ///
  /// A grey level is ⌊(R + G + B + 1) / 3⌋, one of 256. Pixels to the right of the last patch and
  /// below it are ignored.
  ///
  /// - Parameters:
  ///   - pixels: RGB bytes, `[height, width, 3]` or `[3, height, width]`.
  ///   - height: The height of the image, at least `rows * patch`.
  ///   - width: The width of the image, at least `columns * patch`.
  ///   - channelsLast: Whether the three channels of a pixel are neighbours.
  ///   - patch: The side of a patch in pixels, at least one.
  ///   - rows: Patches from top to bottom.
  ///   - columns: Patches from left to right.
  ///   - bits: `[rows * columns]`, each `0...log2(min(256, patch * patch))`.
  public func patchEntropies(
    pixels: RawSpan, height: Int, width: Int, channelsLast: Bool, patch: Int, rows: Int,
    columns: Int, into bits: inout MutableSpan<Float>
  ) {
    precondition(patch > 0 && rows >= 0 && columns >= 0, "patches have a positive side")
    precondition(rows * patch <= height && columns * patch <= width, "patches lie in the image")
    precondition(pixels.byteCount == 3 * height * width, "three bytes per pixel")
    precondition(bits.count == rows * columns, "one entropy per patch")
    guard !bits.isEmpty else { return }
    unsafe withScratch(byteCount: vk_entropy_scratch(width, patch)) { scratch in
      unsafe withPointers(pixels, &bits) { pixels, bits in
        let image = unsafe vk_pixels(
          bytes: pixels.assumingMemoryBound(to: UInt8.self), height: height, width: width,
          channels_last: channelsLast ? 1 : 0, patch: patch, rows: rows, columns: columns)
        unsafe table.patch_entropies(image, bits, scratch)
      }
    }
  }
}
