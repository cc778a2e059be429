// Means of softmax(q k^T / sqrt(d)) without holding the probabilities: six rows of logits at a time.
//
// Per head the keys are widened and transposed into panels [d][VK_PANEL] once; a register tile of
// six queries by one panel gives 6 x VK_PANEL logits, each one chain of fused operations over d.
// Rows of probabilities are added in row order, 24 at most in binary32, then in binary64.

#ifndef VK_SUM_ROWS
// A multiple of VK_TILE_ROWS, the same for every instruction set.
#define VK_SUM_ROWS 24

// How the scratch memory is divided; every part is a multiple of 64 bytes.
typedef struct {
  double *accumulators;  // [padded]
  float *panels;         // [padded / panel][head_size][panel]
  float *queries;        // [head_size][VK_TILE_ROWS], padded
  float *logits;         // [VK_TILE_ROWS][padded]
  float *sums;           // [padded]
  size_t padded;
} vk_attention_memory;

VK_INLINE vk_attention_memory vk_divide(void *scratch, size_t tokens, size_t head_size) {
  vk_attention_memory memory;
  memory.padded = vk_round_up(tokens, VK_PANEL_COLUMNS);
  memory.accumulators = scratch;
  memory.panels = (float *)(memory.accumulators + memory.padded);
  memory.logits = memory.panels + memory.padded * head_size;
  memory.sums = memory.logits + memory.padded * VK_TILE_ROWS;
  memory.queries = memory.sums + memory.padded;
  return memory;
}
#endif

#define VK_PANEL (VK_PANEL_VECTORS * VK_LANES)

// Writes a row as a column: its elements are `pitch` apart.
VK_INLINE void FN(pack_row)(
    const uint8_t *source, int type, size_t head_size, float *column, size_t pitch) {
  for (size_t first = 0; first < head_size; first += VK_LANES) {
    const size_t count = head_size - first < VK_LANES ? head_size - first : VK_LANES;
    float values[VK_LANES];
    FN(store)(FN(load_chunk)(source + first * vk_element_size(type), type, count), values);
    for (size_t lane = 0; lane < count; lane++) {
      column[(first + lane) * pitch] = values[lane];
    }
  }
}

// Columns behind the last token are 0; `end_row` replaces their logits.
VK_INLINE void FN(pack_keys)(
    const uint8_t *keys, int type, size_t tokens, size_t head_size, size_t padded, float *panels) {
  const size_t bytes = head_size * vk_element_size(type);
  for (size_t token = 0; token < padded; token++) {
    float *column = panels + token / VK_PANEL * VK_PANEL * head_size + token % VK_PANEL;
    if (token < tokens) {
      FN(pack_row)(keys + token * bytes, type, head_size, column, VK_PANEL);
    } else {
      for (size_t d = 0; d < head_size; d++) {
        column[d * VK_PANEL] = 0;
      }
    }
  }
}

// Interleaves six rows of queries; a missing row repeats the last one and is ignored later.
VK_INLINE void FN(pack_queries)(
    const uint8_t *queries, int type, vk_rows picked, size_t first, size_t count,
    size_t head_size, float *packed) {
  const size_t bytes = head_size * vk_element_size(type);
  for (size_t r = 0; r < VK_TILE_ROWS; r++) {
    const size_t row = vk_picked_row(picked, first + (r < count ? r : count - 1));
    FN(pack_row)(queries + row * bytes, type, head_size, packed + r, VK_TILE_ROWS);
  }
}

// The first `vectors` of a panel; a constant, so that the tile stays in registers.
VK_INLINE void FN(multiply_vectors)(
    const float *queries, const float *panel, size_t head_size, float *logits, size_t pitch,
    int vectors) {
  f32x16 tile[VK_TILE_ROWS][VK_PANEL_VECTORS];
  for (int r = 0; r < VK_TILE_ROWS; r++) {
    for (int v = 0; v < vectors; v++) {
      tile[r][v] = 0;
    }
  }
#pragma clang loop unroll_count(2)
  for (size_t d = 0; d < head_size; d++) {
    f32x16 key[VK_PANEL_VECTORS];
    memcpy(key, panel + d * VK_PANEL, vectors * sizeof *key);
    for (int r = 0; r < VK_TILE_ROWS; r++) {
      const f32x16 query = queries[d * VK_TILE_ROWS + r];
      for (int v = 0; v < vectors; v++) {
        tile[r][v] = FN(fused)(query, key[v], tile[r][v]);
      }
    }
  }
  for (int r = 0; r < VK_TILE_ROWS; r++) {
    memcpy(logits + r * pitch, tile[r], vectors * sizeof *tile[r]);
  }
}

// Logits of six queries and a panel; of the last one only vectors that hold tokens.
VK_INLINE void FN(multiply_panel)(
    const float *queries, const float *panel, size_t head_size, float *logits, size_t pitch,
    size_t columns) {
#define VK_MULTIPLY(n) FN(multiply_vectors)(queries, panel, head_size, logits, pitch, n)
  if (columns > VK_PANEL - VK_LANES) {
    VK_MULTIPLY(VK_PANEL_VECTORS);
  } else if (columns <= VK_LANES) {
    VK_MULTIPLY(1);
  } else if (columns <= 2 * VK_LANES) {
    VK_MULTIPLY(VK_PANEL_VECTORS < 2 ? 1 : 2);
  } else {
    VK_MULTIPLY(VK_PANEL_VECTORS < 3 ? 1 : 3);
  }
#undef VK_MULTIPLY
}

// The largest logit; four chains, because their order does not matter.
VK_INLINE float FN(largest_of_row)(const float *row, size_t chunks) {
  f32x16 top[4] = {-__builtin_inff(), -__builtin_inff(), -__builtin_inff(), -__builtin_inff()};
  size_t chunk = 0;
  for (; chunk + 4 <= chunks; chunk += 4) {
    for (int k = 0; k < 4; k++) {
      top[k] = FN(maximum)(FN(load_floats)(row + (chunk + k) * VK_LANES), top[k]);
    }
  }
  for (; chunk < chunks; chunk++) {
    top[0] = FN(maximum)(FN(load_floats)(row + chunk * VK_LANES), top[0]);
  }
  return FN(largest)(FN(maximum)(FN(maximum)(top[0], top[1]), FN(maximum)(top[2], top[3])));
}

// Columns behind the last token become those of a token that gets no attention.
VK_INLINE void FN(end_row)(float *row, size_t tokens) {
  const i32x16 lane = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};
  const f32x16 none = -__builtin_inff();
  const size_t last = (tokens - 1) / VK_LANES * VK_LANES;
  const i32x16 inside = lane < (int32_t)(tokens - last);
  FN(store)(FN(select)(inside, FN(load_floats)(row + last), none), row + last);
  const size_t end = vk_round_up(tokens, FN(vk_wide_lanes));
  for (size_t c = last + VK_LANES; c < end; c += VK_LANES) {
    FN(store)(none, row + c);
  }
}

// Replaces a row of logits by e^(scaled logit - maximum) and returns the sum.
VK_INLINE float FN(exponentiate)(float *row, size_t tokens, float scale) {
  FN(end_row)(row, tokens);
  const float maximum = FN(largest_of_row)(row, vk_chunks(tokens)) * scale;
  f32x16 sum = 0;
  for (size_t c = 0; c < tokens; c += FN(vk_wide_lanes)) {
    FN(wide) values;
    memcpy(&values, row + c, sizeof values);
    values = FN(exponential)(values * scale - maximum);
    memcpy(row + c, &values, sizeof values);
    f32x16 part[VK_WIDE_VECTORS];
    memcpy(part, &values, sizeof part);
    for (int k = 0; k < VK_WIDE_VECTORS; k++) {
      sum += part[k];
    }
  }
  return FN(sum)(sum);
}

// sums[c] += row[c] / total, one row after the other.
VK_INLINE void FN(add_rows)(
    const float *rows, size_t pitch, const float *shares, size_t count, size_t chunks,
    float *sums) {
  for (size_t chunk = 0; chunk < chunks; chunk++) {
    f32x16 sum = FN(load_floats)(sums + chunk * VK_LANES);
    for (size_t r = 0; r < count; r++) {
      sum += FN(load_floats)(rows + r * pitch + chunk * VK_LANES) * shares[r];
    }
    FN(store)(sum, sums + chunk * VK_LANES);
  }
}

static void FN(flush)(float *sums, size_t chunks, double *accumulators) {
  for (size_t chunk = 0; chunk < chunks; chunk++) {
    const f32x16 values = FN(load_floats)(sums + chunk * VK_LANES);
    FN(add_to_wide)(values, accumulators + chunk * VK_LANES);
  }
  memset(sums, 0, chunks * VK_LANES * sizeof(float));
}

VK_INLINE bool FN(attend_head)(
    vk_projections in, int type, vk_rows picked, vk_interruption interruption, size_t head,
    vk_attention_memory memory) {
  const size_t head_size = in.head_size, tokens = picked.tokens;
  const size_t head_bytes = tokens * head_size * vk_element_size(type);
  const size_t chunks = vk_chunks(tokens), rows = vk_picked_count(picked);
  const uint8_t *queries = (const uint8_t *)in.query + head * head_bytes;
  const float scale = 1.0f / __builtin_sqrtf((float)head_size);
  FN(pack_keys)(
      (const uint8_t *)in.key + head * head_bytes, type, tokens, head_size, memory.padded,
      memory.panels);
  memset(memory.sums, 0, memory.padded * sizeof(float));
  for (size_t first = 0; first < rows; first += VK_TILE_ROWS) {
    const size_t count = rows - first < VK_TILE_ROWS ? rows - first : VK_TILE_ROWS;
    FN(pack_queries)(queries, type, picked, first, count, head_size, memory.queries);
    for (size_t column = 0; column < tokens; column += VK_PANEL) {
      FN(multiply_panel)(
          memory.queries, memory.panels + column * head_size, head_size,
          memory.logits + column, memory.padded, tokens - column);
    }
    float shares[VK_TILE_ROWS];
    for (size_t r = 0; r < count; r++) {
      float *row = memory.logits + r * memory.padded;
      shares[r] = 1.0f / FN(exponentiate)(row, tokens, scale);
    }
    if (count == VK_TILE_ROWS) {
      FN(add_rows)(memory.logits, memory.padded, shares, VK_TILE_ROWS, chunks, memory.sums);
    } else {
      FN(add_rows)(memory.logits, memory.padded, shares, count, chunks, memory.sums);
    }
    if ((first + VK_TILE_ROWS) % VK_SUM_ROWS == 0 || first + VK_TILE_ROWS >= rows) {
      FN(flush)(memory.sums, chunks, memory.accumulators);
      if (interruption.asked(interruption.context)) {
        return false;
      }
    }
  }
  return true;
}

static bool FN(attention_mean)(
    vk_projections in, vk_rows picked, vk_interruption interruption, float *mean, void *scratch) {
  const vk_attention_memory memory = vk_divide(scratch, picked.tokens, in.head_size);
  memset(memory.accumulators, 0, memory.padded * sizeof(double));
  for (size_t head = 0; head < picked.heads; head++) {
    bool finished = false;
#define VK_CALL(t) finished = FN(attend_head)(in, t, picked, interruption, head, memory)
    VK_FOR_TYPE(in.type, VK_CALL);
#undef VK_CALL
    if (!finished) {
      return false;
    }
  }
  // The accumulators are contiguous here: the last chunk is padded, not moved back.
  const double count = (double)picked.heads * (double)vk_picked_count(picked);
  for (size_t c = 0; c < picked.tokens; c++) {
    mean[c] = (float)(memory.accumulators[c] / count);
  }
  return true;
}
