#include "CFusedPeak.h"

// Two units, four cycles until a result is there: eight chains are needed, twelve are safe.
enum { CHAINS = 12 };

#define LOOP(lanes)                                                            \
  typedef float wide __attribute__((ext_vector_type(lanes)));                  \
  /* Volatile, so that the compiler cannot work the result out. */             \
  volatile float seed = 0.5f;                                                  \
  const wide factor = seed, addend = seed;                                     \
  wide chain[CHAINS];                                                          \
  for (int i = 0; i < CHAINS; ++i) chain[i] = seed * (float)i;                 \
  for (size_t round = 0; round < rounds; ++round) {                            \
    _Pragma("clang loop unroll(full)") for (int i = 0; i < CHAINS; ++i) {      \
      chain[i] = __builtin_elementwise_fma(chain[i], factor, addend);          \
    }                                                                          \
  }                                                                            \
  for (int i = 1; i < CHAINS; ++i) chain[0] += chain[i];                       \
  *operations = rounds * CHAINS * lanes * 2;                                   \
  return chain[0][0];

#if defined(__x86_64__)
__attribute__((target("avx512f"), min_vector_width(512))) static float
fused_avx512(size_t rounds, size_t *operations) { LOOP(16) }
__attribute__((target("avx2,fma"), min_vector_width(256))) static float
fused_avx2(size_t rounds, size_t *operations) { LOOP(8) }
#endif
static float fused_portable(size_t rounds, size_t *operations) { LOOP(4) }

float multiply_and_add(size_t rounds, size_t *operations) {
#if defined(__x86_64__)
  if (__builtin_cpu_supports("avx512f")) return fused_avx512(rounds, operations);
  if (__builtin_cpu_supports("avx2")) return fused_avx2(rounds, operations);
#endif
  return fused_portable(rounds, operations);
}
