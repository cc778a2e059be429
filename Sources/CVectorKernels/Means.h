// Means over rows and over heads. The sum of 8 rows is kept in binary32 registers and then added
// to binary64 accumulators, so the result is accurate to about one unit in the last place.

#ifndef VK_ROW_BLOCK
#define VK_ROW_BLOCK 8

typedef struct {
  const uint8_t *row[VK_ROW_BLOCK];
  size_t count;
} vk_row_block;

typedef struct {
  const uint8_t *matrix;
  size_t row_bytes;
  vk_rows picked;
  size_t head, index;
} vk_row_cursor;

VK_INLINE size_t vk_picked_count(vk_rows picked) {
  return picked.rows ? picked.row_count : picked.tokens;
}

VK_INLINE size_t vk_picked_row(vk_rows picked, size_t index) {
  return picked.rows ? (size_t)picked.rows[index] : index;
}

// The addresses of the next rows, head after head; what is missing at the end is row 0, which
// may be prefetched.
static vk_row_block vk_next_rows(vk_row_cursor *cursor) {
  const vk_rows picked = cursor->picked;
  const size_t per_head = vk_picked_count(picked);
  vk_row_block block = {.count = 0};
  for (size_t r = 0; r < VK_ROW_BLOCK; r++) {
    block.row[r] = cursor->matrix;
    if (cursor->head < picked.heads) {
      const size_t row = cursor->head * picked.tokens + vk_picked_row(picked, cursor->index);
      block.row[r] += row * cursor->row_bytes;
      block.count++;
      cursor->index = (cursor->index + 1) % per_head;
      cursor->head += cursor->index == 0;
    }
  }
  return block;
}
#endif

VK_INLINE void FN(add_to_wide)(f32x16 values, double *accumulator) {
  f64x16 wide;
  memcpy(&wide, accumulator, sizeof wide);
  wide += __builtin_convertvector(values, f64x16);
  memcpy(accumulator, &wide, sizeof wide);
}

// Four chunks at a time, so that each row address serves several loads. The rows of the next
// block are fetched ahead: eight streams of one row each are too short for the processor to see.
VK_INLINE void FN(add_four_chunks)(
    const vk_row_block *block, size_t count, const vk_row_block *next, size_t column, int type,
    double *accumulator) {
  const size_t size = vk_element_size(type), step = VK_LANES * size;
  f32x16 sum[4] = {0, 0, 0, 0};
  for (size_t r = 0; r < count; r++) {
    const uint8_t *source = block->row[r] + column * size;
    for (size_t line = 0; line < 4 * step; line += 64) {
      __builtin_prefetch(next->row[r] + column * size + line);
    }
    for (int k = 0; k < 4; k++) {
      sum[k] += FN(load)(source + k * step, type);
    }
  }
  for (int k = 0; k < 4; k++) {
    FN(add_to_wide)(sum[k], accumulator + k * VK_LANES);
  }
}

VK_INLINE void FN(add_rows_of)(
    const vk_row_block *block, size_t count, const vk_row_block *next, size_t columns, int type,
    double *accumulators) {
  const size_t size = vk_element_size(type), chunks = vk_chunks(columns);
  size_t chunk = 0;
  for (; (chunk + 4) * VK_LANES <= columns; chunk += 4) {
    FN(add_four_chunks)(
        block, count, next, chunk * VK_LANES, type, accumulators + chunk * VK_LANES);
  }
  for (; chunk < chunks; chunk++) {
    const size_t start = vk_chunk_start(chunk, columns) * size;
    f32x16 sum = 0;
    for (size_t r = 0; r < count; r++) {
      sum += FN(load_chunk)(block->row[r] + start, type, columns);
    }
    FN(add_to_wide)(sum, accumulators + chunk * VK_LANES);
  }
}

VK_INLINE void FN(add_block)(
    const vk_row_block *block, const vk_row_block *next, size_t columns, int type,
    double *accumulators) {
  if (block->count == VK_ROW_BLOCK) {
    FN(add_rows_of)(block, VK_ROW_BLOCK, next, columns, type, accumulators);
  } else {
    FN(add_rows_of)(block, block->count, next, columns, type, accumulators);
  }
}

// Each chunk has its own 16 accumulators; where the last chunk overlaps, both hold the same sums.
static void FN(finish_mean)(
    const double *accumulators, size_t columns, double count, float *mean) {
  for (size_t chunk = 0; chunk < vk_chunks(columns); chunk++) {
    f64x16 wide;
    memcpy(&wide, accumulators + chunk * VK_LANES, sizeof wide);
    const f32x16 values = __builtin_convertvector(wide / count, f32x16);
    FN(store_chunk)(values, mean + vk_chunk_start(chunk, columns), columns);
  }
}

static void FN(row_mean)(
    const void *matrix, int type, vk_rows picked, size_t columns, float *mean, void *scratch) {
  double *accumulators = scratch;
  memset(accumulators, 0, vk_chunks(columns) * VK_LANES * sizeof(double));
  vk_row_cursor cursor = {matrix, columns * vk_element_size(type), picked, 0, 0};
  vk_row_block block = vk_next_rows(&cursor);
  while (block.count > 0) {
    const vk_row_block next = vk_next_rows(&cursor);
#define VK_CALL(t) FN(add_block)(&block, &next, columns, t, accumulators)
    VK_FOR_TYPE(type, VK_CALL);
#undef VK_CALL
    block = next;
  }
  FN(finish_mean)(
      accumulators, columns, (double)picked.heads * (double)vk_picked_count(picked), mean);
}
