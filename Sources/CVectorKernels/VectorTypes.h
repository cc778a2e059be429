// Vector types shared by every instruction set: 16 lanes, which the compiler splits as it must.
#ifndef VECTOR_TYPES_H
#define VECTOR_TYPES_H

#include <string.h>

#include "CVectorKernels.h"

typedef float f32x16 __attribute__((ext_vector_type(16)));
typedef double f64x16 __attribute__((ext_vector_type(16)));
typedef int32_t i32x16 __attribute__((ext_vector_type(16)));
typedef int64_t i64x16 __attribute__((ext_vector_type(16)));
typedef uint32_t u32x16 __attribute__((ext_vector_type(16)));
typedef uint16_t u16x16 __attribute__((ext_vector_type(16)));

#define VK_INLINE static inline __attribute__((always_inline))
#define VK_JOIN2(a, b) a##_##b
#define VK_JOIN(a, b) VK_JOIN2(a, b)
// A name that belongs to the instruction set being compiled.
#define FN(name) VK_JOIN(name, VK_LEVEL)

// Calls a function whose element type is a compile-time constant in each branch.
#define VK_FOR_TYPE(type, call)                          \
  do {                                                   \
    switch (type) {                                      \
      case VK_FLOAT16: call(VK_FLOAT16); break;          \
      case VK_BFLOAT16: call(VK_BFLOAT16); break;        \
      default: call(VK_FLOAT32); break;                  \
    }                                                    \
  } while (0)

// Vectors wider than the registers of a level are passed between inlined functions only.
#pragma clang diagnostic ignored "-Wpsabi"

VK_INLINE size_t vk_element_size(int type) { return type == VK_FLOAT32 ? 4 : 2; }

VK_INLINE size_t vk_chunks(size_t columns) { return (columns + VK_LANES - 1) / VK_LANES; }

VK_INLINE size_t vk_round_up(size_t value, size_t multiple) {
  return (value + multiple - 1) / multiple * multiple;
}

// Where chunk `index` of a row starts. The last chunk of a ragged row is moved back to end with
// the row: it repeats columns of the chunk before, and reads nothing behind the row.
VK_INLINE size_t vk_chunk_start(size_t index, size_t columns) {
  const size_t start = index * VK_LANES;
  return start + VK_LANES <= columns ? start : (columns < VK_LANES ? 0 : columns - VK_LANES);
}

#endif
