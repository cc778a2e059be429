// x86-64-v3: AVX2, FMA and F16C.
#include "EntropyTable.h"
#include "VectorTypes.h"

#if defined(__x86_64__)
#pragma clang attribute push(__attribute__((target("avx2,fma,f16c"))), apply_to = function)
#define VK_LEVEL avx2
#define VK_NAME "avx2"
#define VK_HAS_FMA 1
#define VK_HAS_HALF 1
#define VK_PANEL_VECTORS 1
#define VK_WIDE_VECTORS 2
#include "Level.h"
#pragma clang attribute pop

const vk_kernels *vk_avx2_kernels(void) {
  __builtin_cpu_init();
  return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")
                 && __builtin_cpu_supports("f16c")
             ? &vk_table_avx2
             : NULL;
}
#else
const vk_kernels *vk_avx2_kernels(void) { return NULL; }
#endif
