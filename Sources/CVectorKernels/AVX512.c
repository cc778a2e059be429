// x86-64-v4: AVX-512 F, BW, DQ and VL.
#include "EntropyTable.h"
#include "VectorTypes.h"

#if defined(__x86_64__)
#pragma clang attribute push(                                                         \
    __attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,avx2,fma,f16c"),        \
                   min_vector_width(512))),                                           \
    apply_to = function)
#define VK_LEVEL avx512
#define VK_NAME "avx512"
#define VK_HAS_FMA 1
#define VK_HAS_HALF 1
#define VK_PANEL_VECTORS 4
#define VK_WIDE_VECTORS 4
#include "Level.h"
#pragma clang attribute pop

const vk_kernels *vk_avx512_kernels(void) {
  __builtin_cpu_init();
  return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw")
                 && __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl")
                 && __builtin_cpu_supports("fma") && __builtin_cpu_supports("f16c")
             ? &vk_table_avx512
             : NULL;
}
#else
const vk_kernels *vk_avx512_kernels(void) { return NULL; }
#endif
