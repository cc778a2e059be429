// Numeric kernels, compiled once per instruction set and reached through a table of functions.
//
// Goals, in order: the same bits from every table; no read or write outside the stated extents;
// memory bandwidth. No kernel allocates or keeps state, and only attention_mean calls back, to ask
// whether to go on. Inputs need no alignment.
//
// Summation order. Sums over rows run in row order within each column, so the vector width cannot
// show; sums over heads and rows add the heads of an element first. Sums along a row use 16 lanes
// (element i goes to lane i % 16) and one fixed tree. A product is rounded before it is added, except
// in the q.k logits, which are chains of fused operations.
#ifndef CVECTORKERNELS_H
#define CVECTORKERNELS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#pragma clang assume_nonnull begin

// Real element types as they are stored.
enum { VK_FLOAT32 = 0, VK_FLOAT16 = 1, VK_BFLOAT16 = 2 };

// Width and panel granularity that scratch sizes are rounded up to.
enum { VK_LANES = 16, VK_PANEL_COLUMNS = 64, VK_TILE_ROWS = 6 };

// Rows whose sum is kept in binary32 before it is added to one in binary64.
enum { VK_ROWS_AT_ONCE = 8 };

// Heads whose elements are added in one pass over the sums.
enum { VK_HEADS_AT_ONCE = 4 };

// Rows picked from `heads` stacked matrices of `tokens` rows: all of them when `rows` is null.
// Each matrix is the sum of `summed_heads` others, at least one.
typedef struct {
  size_t heads;
  size_t summed_heads;
  size_t tokens;
  const int32_t *_Nullable rows;
  size_t row_count;
} vk_rows;

// The same elements of heads that are added in this order: `waiting` of them, fewer than
// VK_HEADS_AT_ONCE, which lie `stride` bytes apart, and then one that lies elsewhere.
typedef struct {
  const void *last;
  const void *_Nullable first;
  size_t waiting;
  size_t stride;
} vk_heads;

// Queries and keys, each [heads, tokens, head_size] of one type.
typedef struct {
  const void *query;
  const void *key;
  int type;
  size_t head_size;
} vk_projections;

// Whether a caller wants a long kernel to end early; asked between blocks of rows.
typedef struct {
  bool (*asked)(const void *context);
  const void *context;
} vk_interruption;

// RGB bytes, [3, height, width] or [height, width, 3], cut into rows x columns patches.
typedef struct {
  const uint8_t *bytes;
  size_t height, width;
  int channels_last;
  size_t patch, rows, columns;
} vk_pixels;

// Four rows and their weights: top * (left*a + right*b) + bottom * (left*c + right*d).
typedef struct {
  const void *_Nonnull corner[4];
  float top, bottom, left, right;
} vk_corners;

typedef struct __attribute__((swift_attr("@Sendable"))) {
  const char *name;

  // mean[c] = mean over the picked rows of matrix[row][c]; scratch: vk_row_mean_scratch bytes.
  void (*row_mean)(const void *matrix, int type, vk_rows picked, size_t columns, float *mean,
                   void *scratch);
  // The same in pieces, for rows that come one after the other: adds `count` rows to the sums of
  // vk_sum_count columns. Only the last piece may have a number of rows that is no multiple of
  // VK_ROWS_AT_ONCE.
  void (*add_to_sums)(const void *rows, int type, size_t count, size_t columns, double *sums);
  // mean[c] = sums of column c / divisor.
  void (*mean_of_sums)(const double *sums, size_t columns, double divisor, float *mean);
  // sums[i] += element i of each head, or = their sum if `is_first`; whether all are finite. The bits
  // are those of one head after the other.
  bool (*add_values)(vk_heads heads, int type, size_t count, bool is_first, float *sums);
  // The same as row_mean for softmax(q k^T / sqrt(head_size)), which is never held as a whole;
  // scratch: vk_attention_scratch bytes, 64-byte aligned. Its time grows with the square of the
  // tokens, so `interruption` is asked every few rows; true, with a full mean, if it never stopped.
  bool (*attention_mean)(
      vk_projections projections, vk_rows picked, vk_interruption interruption, float *mean,
      void *scratch);

  void (*widen)(const void *source, int type, size_t count, float *destination);
  // Rounds to nearest, ties to even; too large becomes infinite, a NaN stays a (quiet) NaN.
  void (*narrow)(const float *source, int type, size_t count, void *destination);
  // The index of the first infinite or NaN element, or -1.
  ptrdiff_t (*first_non_finite)(const void *source, int type, size_t count);

  // Exponentials of values - max below e^-87 become 0.
  void (*softmax)(const float *values, size_t count, float *destination);
  // Norms below 1e-8 count as 1e-8, so that a zero vector has similarity 0.
  float (*cosine_similarity)(const void *a, const void *b, int type, size_t count);

  // row[c] = sum over i, in order, of weights[i] * rows[indices[i]][c].
  void (*weighted_row_sum)(const void *rows, int type, size_t width, const int32_t *indices,
                           const float *weights, size_t count, float *row);
  void (*mix_rows)(vk_corners corners, int type, size_t width, float *row);

  // bits[row * columns + column]; scratch: vk_entropy_scratch bytes, 8-byte aligned.
  void (*patch_entropies)(vk_pixels pixels, float *bits, void *scratch);
} vk_kernels;

// Tables that this processor can run; null when it cannot.
const vk_kernels *_Nullable vk_portable_kernels(void);
const vk_kernels *_Nullable vk_avx2_kernels(void);
const vk_kernels *_Nullable vk_avx512_kernels(void);
const vk_kernels *_Nullable vk_neon_kernels(void);

size_t vk_row_mean_scratch(size_t columns);
size_t vk_sum_count(size_t columns);
size_t vk_attention_scratch(size_t tokens, size_t head_size);
size_t vk_entropy_scratch(size_t width, size_t patch);

#pragma clang assume_nonnull end
#endif
