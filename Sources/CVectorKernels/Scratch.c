// Scratch sizes and the entropy table: what does not depend on the instruction set.
#include <math.h>

#include "EntropyTable.h"
#include "VectorTypes.h"

size_t vk_sum_count(size_t columns) { return vk_chunks(columns) * VK_LANES; }

size_t vk_row_mean_scratch(size_t columns) {
  // Accumulators, the sum of a block of rows, and one row of the sum over the heads.
  return vk_chunks(columns) * VK_LANES * (sizeof(double) + 2 * sizeof(float));
}

size_t vk_attention_scratch(size_t tokens, size_t head_size) {
  const size_t padded = vk_round_up(tokens, VK_PANEL_COLUMNS);
  const size_t floats = padded * (head_size + VK_TILE_ROWS + 1) + head_size * VK_TILE_ROWS;
  return padded * sizeof(double) + floats * sizeof(float);
}

size_t vk_entropy_scratch(size_t width, size_t patch) {
  return patch * patch * sizeof(int64_t) + patch * width * 3;
}

static int64_t entropy_of(size_t count, size_t area) {
  const double share = (double)count / (double)area;
  return count == 0 ? 0 : llrint(-share * log2(share) / VK_ENTROPY_UNIT);
}

void vk_entropy_increments(size_t area, int64_t *increments) {
  for (size_t count = 0; count < area; count++) {
    increments[count] = entropy_of(count + 1, area) - entropy_of(count, area);
  }
}
