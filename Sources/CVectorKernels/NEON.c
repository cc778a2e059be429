// AArch64: NEON with fused operations and binary16 conversion, both in its baseline.
#include "EntropyTable.h"
#include "VectorTypes.h"

#if defined(__aarch64__)
#define VK_LEVEL neon
#define VK_NAME "neon"
#define VK_HAS_FMA 1
#define VK_HAS_HALF 1
#define VK_PANEL_VECTORS 1
#define VK_WIDE_VECTORS 2
#include "Level.h"

const vk_kernels *vk_neon_kernels(void) { return &vk_table_neon; }
#else
const vk_kernels *vk_neon_kernels(void) { return NULL; }
#endif
