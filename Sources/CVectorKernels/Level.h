// Everything that is compiled once per instruction set. The including file defines VK_LEVEL,
// VK_NAME, VK_HAS_FMA, VK_HAS_HALF and VK_PANEL_VECTORS, and sets the target.
#include "Lanes.h"
#include "Means.h"
#include "Attention.h"
#include "Vectors.h"
#include "Rows.h"
#include "Entropy.h"
#include "Table.h"
