// Means over rows and over heads. The sum of 8 rows is kept in binary32 registers and then added
// to binary64 accumulators, so the result is accurate to about one unit in the last place. Heads
// are added up before rows, in binary32, which costs a few units more.

#ifndef VK_ROW_BLOCK
#define VK_ROW_BLOCK VK_ROWS_AT_ONCE

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

typedef vk_row_cursor vk_head_cursor;

// The addresses of one picked row in the next up to eight heads, then those of the next row.
static vk_row_block vk_next_heads(vk_head_cursor *cursor) {
  const vk_rows picked = cursor->picked;
  vk_row_block block = {.count = 0};
  for (size_t r = 0; r < VK_ROW_BLOCK; r++) {
    block.row[r] = cursor->matrix;
  }
  if (cursor->index == vk_picked_count(picked)) {
    return block;
  }
  const size_t row = vk_picked_row(picked, cursor->index);
  for (; block.count < VK_ROW_BLOCK && cursor->head < picked.heads; cursor->head++) {
    block.row[block.count++] += (cursor->head * picked.tokens + row) * cursor->row_bytes;
  }
  if (cursor->head == picked.heads) {
    cursor->head = 0;
    cursor->index++;
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

// Adds one row of up to eight heads to `sums`, head after head; chunks as in add_rows_of.
VK_INLINE void FN(add_heads)(
    const vk_row_block *heads, size_t count, const vk_row_block *next, size_t columns, int type,
    float *sums) {
  const size_t size = vk_element_size(type), step = VK_LANES * size, chunks = vk_chunks(columns);
  size_t chunk = 0;
  for (; (chunk + 4) * VK_LANES <= columns; chunk += 4) {
    f32x16 sum[4];
    memcpy(sum, sums + chunk * VK_LANES, sizeof sum);
    for (size_t h = 0; h < count; h++) {
      for (size_t line = 0; line < 4 * step; line += 64) {
        __builtin_prefetch(next->row[h] + chunk * step + line);
      }
      for (int k = 0; k < 4; k++) {
        sum[k] += FN(load)(heads->row[h] + (chunk + k) * step, type);
      }
    }
    memcpy(sums + chunk * VK_LANES, sum, sizeof sum);
  }
  for (; chunk < chunks; chunk++) {
    const size_t start = vk_chunk_start(chunk, columns) * size;
    f32x16 sum;
    memcpy(&sum, sums + chunk * VK_LANES, sizeof sum);
    for (size_t h = 0; h < count; h++) {
      sum += FN(load_chunk)(heads->row[h] + start, type, columns);
    }
    memcpy(sums + chunk * VK_LANES, &sum, sizeof sum);
  }
}

VK_INLINE void FN(add_head_block)(
    const vk_row_block *heads, const vk_row_block *next, size_t columns, int type, float *sums) {
  if (heads->count == VK_ROW_BLOCK) {
    FN(add_heads)(heads, VK_ROW_BLOCK, next, columns, type, sums);
  } else {
    FN(add_heads)(heads, heads->count, next, columns, type, sums);
  }
}

// The rows are those of the sum over the heads, which is a chain in binary32 for each element; they
// are then averaged as those of one matrix are. So it makes no difference whether the heads are
// added up here, or were as they arrived (add_values).
static void FN(head_sum_mean)(
    const uint8_t *matrix, int type, vk_rows picked, size_t columns, double *accumulators) {
  const size_t lanes = vk_chunks(columns) * VK_LANES, count = vk_picked_count(picked);
  float *block = (float *)(accumulators + lanes), *row = block + lanes;
  vk_head_cursor cursor = {matrix, columns * vk_element_size(type), picked, 0, 0};
  vk_row_block heads = vk_next_heads(&cursor);
  memset(block, 0, lanes * sizeof(float));
  for (size_t index = 0; index < count; index++) {
    memset(row, 0, lanes * sizeof(float));
    for (size_t head = 0; head < picked.heads; head += VK_ROW_BLOCK) {
      const vk_row_block next = vk_next_heads(&cursor);
#define VK_CALL(t) FN(add_head_block)(&heads, &next, columns, t, row)
      VK_FOR_TYPE(type, VK_CALL);
#undef VK_CALL
      heads = next;
    }
    const int is_last = index % VK_ROW_BLOCK == VK_ROW_BLOCK - 1 || index + 1 == count;
    for (size_t start = 0; start < lanes; start += VK_LANES) {
      f32x16 sum, added;
      memcpy(&sum, block + start, sizeof sum);
      memcpy(&added, row + start, sizeof added);
      sum += added;
      if (is_last) {
        FN(add_to_wide)(sum, accumulators + start);
        sum = 0;
      }
      memcpy(block + start, &sum, sizeof sum);
    }
  }
}

// The rows of one matrix, in blocks; the last block may have fewer.
static void FN(add_picked_rows)(
    const uint8_t *matrix, int type, vk_rows picked, size_t columns, double *accumulators) {
  vk_row_cursor cursor = {matrix, columns * vk_element_size(type), picked, 0, 0};
  vk_row_block block = vk_next_rows(&cursor);
  while (block.count > 0) {
    const vk_row_block next = vk_next_rows(&cursor);
#define VK_CALL(t) FN(add_block)(&block, &next, columns, t, accumulators)
    VK_FOR_TYPE(type, VK_CALL);
#undef VK_CALL
    block = next;
  }
}

static void FN(row_mean)(
    const void *matrix, int type, vk_rows picked, size_t columns, float *mean, void *scratch) {
  double *accumulators = scratch;
  memset(accumulators, 0, vk_chunks(columns) * VK_LANES * sizeof(double));
  const double divisor =
      (double)picked.heads * (double)picked.summed_heads * (double)vk_picked_count(picked);
  if (picked.heads > 1) {
    FN(head_sum_mean)(matrix, type, picked, columns, accumulators);
    FN(finish_mean)(accumulators, columns, divisor, mean);
    return;
  }
  FN(add_picked_rows)(matrix, type, picked, columns, accumulators);
  FN(finish_mean)(accumulators, columns, divisor, mean);
}

static void FN(add_to_sums)(
    const void *rows, int type, size_t count, size_t columns, double *accumulators) {
  const vk_rows all = {1, 1, count, NULL, 0};
  FN(add_picked_rows)(rows, type, all, columns, accumulators);
}

// An element of 16 or 32 bits is infinite or NaN when all its exponent bits are set.
VK_INLINE i32x16 FN(non_finite)(const uint8_t *source, int type) {
  if (type == VK_FLOAT32) {
    u32x16 bits;
    memcpy(&bits, source, sizeof bits);
    return (bits & 0x7f800000u) == 0x7f800000u;
  }
  u16x16 bits;
  memcpy(&bits, source, sizeof bits);
  const uint16_t mask = type == VK_FLOAT16 ? 0x7c00 : 0x7f80;
  return __builtin_convertvector((bits & mask) == mask, i32x16);
}

// `waiting` and `is_first` are constants wherever it is called.
VK_INLINE bool FN(add_values_of)(
    vk_heads heads, size_t waiting, int type, size_t count, int is_first, float *sums) {
  const size_t size = vk_element_size(type);
  const uint8_t *sources[VK_HEADS_AT_ONCE];
  for (size_t head = 0; head < waiting; head++) {
    sources[head] = (const uint8_t *)heads.first + head * heads.stride;
  }
  sources[waiting] = heads.last;
  i32x16 found = 0;
  size_t i = 0;
  for (; i + VK_LANES <= count; i += VK_LANES) {
    f32x16 sum = 0;
    if (!is_first) {
      memcpy(&sum, sums + i, sizeof sum);
    }
    for (size_t head = 0; head <= waiting; head++) {
      sum += FN(load)(sources[head] + i * size, type);
      found |= FN(non_finite)(sources[head] + i * size, type);
    }
    memcpy(sums + i, &sum, sizeof sum);
  }
  if (i < count) {
    f32x16 sum = 0;
    if (!is_first) {
      memcpy(&sum, sums + i, (count - i) * sizeof(float));
    }
    for (size_t head = 0; head <= waiting; head++) {
      uint8_t bytes[VK_LANES * 4] = {0};
      memcpy(bytes, sources[head] + i * size, (count - i) * size);
      sum += FN(load)(bytes, type);
      found |= FN(non_finite)(bytes, type);
    }
    memcpy(sums + i, &sum, (count - i) * sizeof(float));
  }
  return __builtin_reduce_or(found) == 0;
}

VK_INLINE bool FN(add_heads_of)(
    vk_heads heads, int type, size_t count, int is_first, float *sums) {
  switch (heads.waiting) {
    case 0: return FN(add_values_of)(heads, 0, type, count, is_first, sums);
    case 1: return FN(add_values_of)(heads, 1, type, count, is_first, sums);
    case 2: return FN(add_values_of)(heads, 2, type, count, is_first, sums);
    default: return FN(add_values_of)(heads, 3, type, count, is_first, sums);
  }
}

static bool FN(add_values)(
    vk_heads heads, int type, size_t count, bool is_first, float *sums) {
  bool finite = true;
#define VK_CALL(t) \
  finite = is_first ? FN(add_heads_of)(heads, t, count, 1, sums) \
                    : FN(add_heads_of)(heads, t, count, 0, sums)
  VK_FOR_TYPE(type, VK_CALL);
#undef VK_CALL
  return finite;
}
