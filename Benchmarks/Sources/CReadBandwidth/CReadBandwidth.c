#include "CReadBandwidth.h"

typedef uint64_t wide __attribute__((vector_size(64), aligned(1)));

#define LOOP                                                                   \
  const wide *at = bytes;                                                      \
  wide a = {0}, b = {0}, c = {0}, d = {0};                                     \
  for (size_t i = 0; i < size / 256; ++i, at += 4) {                           \
    a ^= at[0];                                                                \
    b ^= at[1];                                                                \
    c ^= at[2];                                                                \
    d ^= at[3];                                                                \
  }                                                                            \
  a ^= b ^ c ^ d;                                                              \
  uint64_t all = 0;                                                            \
  for (int i = 0; i < 8; ++i) all ^= a[i];                                     \
  return all;

#if defined(__x86_64__)
__attribute__((target("avx512f"), min_vector_width(512))) static uint64_t
read_avx512(const void *bytes, size_t size) { LOOP }
__attribute__((target("avx2"))) static uint64_t read_avx2(const void *bytes,
                                                          size_t size) { LOOP }
#endif
static uint64_t read_portable(const void *bytes, size_t size) { LOOP }

uint64_t read_every_byte(const void *bytes, size_t size) {
#if defined(__x86_64__)
  if (__builtin_cpu_supports("avx512f")) return read_avx512(bytes, size);
  if (__builtin_cpu_supports("avx2")) return read_avx2(bytes, size);
#endif
  return read_portable(bytes, size);
}
