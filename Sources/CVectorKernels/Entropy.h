// Shannon entropy in bits of the grey levels of square patches.
//
// The sum over the bins of T[count], T[c] = -(c/n) log2(c/n), is kept in 64-bit fixed point and
// updated with T[c+1] - T[c] for every pixel: integers make it exact and independent of order.

// floor((R + G + B + 1) / 3) for sums up to 766; 21846 = ceil(2^16 / 3).
VK_INLINE void FN(grey_levels)(
    const uint8_t *restrict red, const uint8_t *restrict green, const uint8_t *restrict blue,
    size_t count, uint8_t *restrict grey) {
  for (size_t i = 0; i < count; i++) {
    const uint16_t sum = (uint16_t)(red[i] + green[i] + blue[i] + 1);
    grey[i] = (uint8_t)(((uint32_t)sum * 21846u) >> 16);
  }
}

// Grey levels of one image row. With channels last every byte is taken for a red one, which costs
// less than separating the channels: the grey level of pixel x then is at 3 x.
static void FN(grey_row)(vk_pixels pixels, size_t y, uint8_t *grey) {
  const size_t used = pixels.columns * pixels.patch;
  if (pixels.channels_last) {
    const uint8_t *row = pixels.bytes + y * pixels.width * 3;
    FN(grey_levels)(row, row + 1, row + 2, used * 3 - 2, grey);
  } else {
    const uint8_t *row = pixels.bytes + y * pixels.width;
    const size_t plane = pixels.height * pixels.width;
    FN(grey_levels)(row, row + plane, row + 2 * plane, used, grey);
  }
}

VK_INLINE float FN(patch_entropy)(
    const uint8_t *grey, size_t pitch, size_t step, size_t patch, const int64_t *increments) {
  uint32_t histogram[256] = {0};
  int64_t entropy = 0;
  for (size_t y = 0; y < patch; y++) {
    const uint8_t *row = grey + y * pitch;
    for (size_t x = 0; x < patch; x++) {
      uint32_t *bin = &histogram[row[x * step]];
      entropy += increments[*bin];
      *bin += 1;
    }
  }
  return (float)((double)entropy * VK_ENTROPY_UNIT);
}

static void FN(patch_entropies)(vk_pixels pixels, float *bits, void *scratch) {
  const size_t patch = pixels.patch, step = pixels.channels_last ? 3 : 1;
  const size_t pitch = pixels.width * step;
  int64_t *increments = scratch;
  uint8_t *grey = (uint8_t *)(increments + patch * patch);
  vk_entropy_increments(patch * patch, increments);
  for (size_t row = 0; row < pixels.rows; row++) {
    for (size_t y = 0; y < patch; y++) {
      FN(grey_row)(pixels, row * patch + y, grey + y * pitch);
    }
    for (size_t column = 0; column < pixels.columns; column++) {
      bits[row * pixels.columns + column] =
          FN(patch_entropy)(grey + column * patch * step, pitch, step, patch, increments);
    }
  }
}
