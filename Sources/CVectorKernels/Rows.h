// Weighted sums of rows. Each column is one chain: product rounded, then added, in row order.

enum { FN(vk_group) = 8 };

// Adds up to eight rows to whole chunks of `row`; eight row streams hide the accumulator's traffic.
VK_INLINE void FN(add_group)(
    const uint8_t *rows, int type, size_t width, const int32_t *indices, const float *weights,
    size_t count, int is_first, float *row) {
  const size_t size = vk_element_size(type);
  const uint8_t *source[FN(vk_group)];
  for (size_t r = 0; r < count; r++) {
    source[r] = rows + (size_t)indices[r] * width * size;
  }
  for (size_t start = 0; start + VK_LANES <= width; start += VK_LANES) {
    f32x16 sum = 0;
    if (!is_first) {
      sum = FN(load_floats)(row + start);
    }
    for (size_t r = 0; r < count; r++) {
      sum += FN(load)(source[r] + start * size, type) * weights[r];
    }
    FN(store)(sum, row + start);
  }
}

// The ragged end: its chunk is moved back to end with the row, and summed over all rows at once.
VK_INLINE void FN(add_ragged_end)(
    const uint8_t *rows, int type, size_t width, const int32_t *indices, const float *weights,
    size_t count, float *row) {
  const size_t size = vk_element_size(type);
  const size_t start = width < VK_LANES ? 0 : width - VK_LANES;
  f32x16 sum = 0;
  for (size_t r = 0; r < count; r++) {
    const uint8_t *source = rows + ((size_t)indices[r] * width + start) * size;
    sum += FN(load_chunk)(source, type, width) * weights[r];
  }
  FN(store_chunk)(sum, row + start, width);
}

VK_INLINE void FN(weighted_row_sum_of)(
    const uint8_t *rows, int type, size_t width, const int32_t *indices, const float *weights,
    size_t count, float *row) {
  size_t first = 0;
  for (; first + FN(vk_group) <= count; first += FN(vk_group)) {
    FN(add_group)(
        rows, type, width, indices + first, weights + first, FN(vk_group), first == 0, row);
  }
  if (first < count || count == 0) {
    FN(add_group)(
        rows, type, width, indices + first, weights + first, count - first, first == 0, row);
  }
  if (width % VK_LANES != 0) {
    FN(add_ragged_end)(rows, type, width, indices, weights, count, row);
  }
}

static void FN(weighted_row_sum)(
    const void *rows, int type, size_t width, const int32_t *indices, const float *weights,
    size_t count, float *row) {
#define VK_CALL(t) FN(weighted_row_sum_of)(rows, t, width, indices, weights, count, row)
  VK_FOR_TYPE(type, VK_CALL);
#undef VK_CALL
}

VK_INLINE void FN(mix_rows_of)(vk_corners corners, int type, size_t width, float *row) {
  const size_t size = vk_element_size(type);
  for (size_t chunk = 0; chunk < vk_chunks(width); chunk++) {
    const size_t start = vk_chunk_start(chunk, width);
    f32x16 corner[4];
    for (int k = 0; k < 4; k++) {
      const uint8_t *source = (const uint8_t *)corners.corner[k] + start * size;
      corner[k] = FN(load_chunk)(source, type, width);
    }
    const f32x16 top = corner[0] * corners.left + corner[1] * corners.right;
    const f32x16 bottom = corner[2] * corners.left + corner[3] * corners.right;
    FN(store_chunk)(top * corners.top + bottom * corners.bottom, row + start, width);
  }
}

static void FN(mix_rows)(vk_corners corners, int type, size_t width, float *row) {
#define VK_CALL(t) FN(mix_rows_of)(corners, t, width, row)
  VK_FOR_TYPE(type, VK_CALL);
#undef VK_CALL
}
