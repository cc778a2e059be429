// The baseline of the architecture, always available and slowest.
#include "EntropyTable.h"
#include "VectorTypes.h"

#define VK_LEVEL portable
#define VK_NAME "portable"
#define VK_HAS_FMA 0
#define VK_HAS_HALF 0
#define VK_PANEL_VECTORS 1
#define VK_WIDE_VECTORS 1
#include "Level.h"

const vk_kernels *vk_portable_kernels(void) { return &vk_table_portable; }
