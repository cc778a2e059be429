// Everything that is compiled once per instruction set. The including file defines VK_LEVEL,
// VK_NAME, VK_HAS_FMA, VK_HAS_HALF, VK_PANEL_VECTORS (panel width of the logits) and
// VK_WIDE_VECTORS (both in vectors of 16, at most 4), and sets the target.
#include "Lanes.h"
#include "Means.h"
#include "Attention.h"
#include "Vectors.h"
#include "Rows.h"
#include "Entropy.h"
#include "Table.h"
