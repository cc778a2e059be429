#ifndef CREADBANDWIDTH_H
#define CREADBANDWIDTH_H
#include <stddef.h>
#include <stdint.h>
// Reads every byte once with the widest loads of this machine and returns their exclusive or:
// the fastest that any kernel could take in the same bytes. `size` is a multiple of 256.
uint64_t read_every_byte(const void *bytes, size_t size);
#endif
