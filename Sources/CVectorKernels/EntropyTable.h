// The fixed-point table behind Entropy.h, built by the same code for every instruction set.
#ifndef ENTROPY_TABLE_H
#define ENTROPY_TABLE_H

#include <stddef.h>
#include <stdint.h>

// One unit of the table in bits, 2^-40.
#define VK_ENTROPY_UNIT 0x1p-40

// increments[c] = T[c + 1] - T[c] for c < area, in units of 2^-40 bits.
void vk_entropy_increments(size_t area, int64_t *increments);

#endif
