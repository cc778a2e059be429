// Kernels over one vector: conversion, finiteness, softmax, similarity.

static void FN(widen)(const void *source, int type, size_t count, float *destination) {
  const size_t size = vk_element_size(type);
  for (size_t chunk = 0; chunk < vk_chunks(count); chunk++) {
    const size_t start = vk_chunk_start(chunk, count);
    const uint8_t *from = (const uint8_t *)source + start * size;
#define VK_CALL(t) FN(store_chunk)(FN(load_chunk)(from, t, count), destination + start, count)
    VK_FOR_TYPE(type, VK_CALL);
#undef VK_CALL
  }
}

static void FN(narrow)(const float *source, int type, size_t count, void *destination) {
  if (type == VK_FLOAT32) {
    memcpy(destination, source, count * sizeof(float));
    return;
  }
  for (size_t chunk = 0; chunk < vk_chunks(count); chunk++) {
    const size_t start = vk_chunk_start(chunk, count);
    const f32x16 values =
        FN(load_chunk)((const uint8_t *)(source + start), VK_FLOAT32, count);
    const u16x16 bits = type == VK_FLOAT16 ? FN(narrow_half)(values) : FN(narrow_brain)(values);
    const size_t lanes = count < VK_LANES ? count : VK_LANES;
    if (lanes == VK_LANES) {
      memcpy((uint8_t *)destination + start * 2, &bits, sizeof bits);
    } else {
      memcpy((uint8_t *)destination + start * 2, &bits, lanes * 2);
    }
  }
}

// An element is infinite or NaN when all its exponent bits are set.
VK_INLINE uint32_t FN(exponent_mask)(int type) {
  return type == VK_FLOAT32 ? 0x7f800000 : type == VK_FLOAT16 ? 0x7c00 : 0x7f80;
}

VK_INLINE int FN(is_non_finite)(const uint8_t *source, int type) {
  uint32_t bits = 0;
  memcpy(&bits, source, vk_element_size(type));
  const uint32_t mask = FN(exponent_mask)(type);
  return (bits & mask) == mask;
}

// 64-byte vectors of 16- or 32-bit elements; a block of 16 of them is tested at once, then the rest.
VK_INLINE int FN(any_non_finite)(const uint8_t *source, int type, int vectors) {
  if (type == VK_FLOAT32) {
    i32x16 found = 0;
    for (int i = 0; i < vectors; i++) {
      u32x16 bits;
      memcpy(&bits, source + i * 64, sizeof bits);
      found |= (bits & 0x7f800000u) == 0x7f800000u;
    }
    return __builtin_reduce_or(found) != 0;
  }
  typedef uint16_t u16x32 __attribute__((ext_vector_type(32)));
  typedef int16_t i16x32 __attribute__((ext_vector_type(32)));
  const uint16_t mask = (uint16_t)FN(exponent_mask)(type);
  i16x32 found = 0;
  for (int i = 0; i < vectors; i++) {
    u16x32 bits;
    memcpy(&bits, source + i * 64, sizeof bits);
    found |= (bits & mask) == mask;
  }
  return __builtin_reduce_or(found) != 0;
}

VK_INLINE ptrdiff_t FN(first_non_finite_of)(const uint8_t *source, int type, size_t count) {
  const size_t size = vk_element_size(type), block = 1024 / size, vector = 64 / size;
  size_t start = 0;
  while (count - start >= block && !FN(any_non_finite)(source + start * size, type, 16)) {
    start += block;
  }
  while (count - start >= vector && !FN(any_non_finite)(source + start * size, type, 1)) {
    start += vector;
  }
  for (size_t i = start; i < count; i++) {
    if (FN(is_non_finite)(source + i * size, type)) {
      return (ptrdiff_t)i;
    }
  }
  return -1;
}

static ptrdiff_t FN(first_non_finite)(const void *source, int type, size_t count) {
  ptrdiff_t found = -1;
#define VK_CALL(t) found = FN(first_non_finite_of)(source, t, count)
  VK_FOR_TYPE(type, VK_CALL);
#undef VK_CALL
  return found;
}

// Lanes behind the end are -infinity, whose exponential is 0.
VK_INLINE FN(wide) FN(load_padded)(const float *values, size_t count) {
  FN(wide) padded = -__builtin_inff();
  if (count >= FN(vk_wide_lanes)) {
    memcpy(&padded, values, sizeof padded);
  } else {
    memcpy(&padded, values, count * sizeof(float));
  }
  return padded;
}

VK_INLINE float FN(largest_value)(const float *values, size_t count) {
  f32x16 top = -__builtin_inff();
  for (size_t chunk = 0; chunk < vk_chunks(count); chunk++) {
    const float *source = values + vk_chunk_start(chunk, count);
    f32x16 next = top;
    memcpy(&next, source, (count < VK_LANES ? count : VK_LANES) * sizeof(float));
    top = FN(maximum)(next, top);
  }
  return FN(largest)(top);
}

static void FN(softmax)(const float *values, size_t count, float *destination) {
  const float maximum = FN(largest_value)(values, count);
  f32x16 sum = 0;
  for (size_t start = 0; start < count; start += FN(vk_wide_lanes)) {
    const size_t rest = count - start;
    const FN(wide) e = FN(exponential)(FN(load_padded)(values + start, rest) - maximum);
    f32x16 part[VK_WIDE_VECTORS];
    memcpy(part, &e, sizeof part);
    for (int k = 0; k < VK_WIDE_VECTORS; k++) {
      sum += part[k];
    }
    memcpy(destination + start, part,
           (rest < FN(vk_wide_lanes) ? rest : FN(vk_wide_lanes)) * sizeof(float));
  }
  const float total = FN(sum)(sum);
  for (size_t i = 0; i < count; i++) {
    destination[i] /= total;
  }
}

VK_INLINE float FN(cosine_of)(const uint8_t *a, const uint8_t *b, int type, size_t count) {
  const size_t size = vk_element_size(type);
  f64x16 dot = 0, square_a = 0, square_b = 0;
  for (size_t start = 0; start < count; start += VK_LANES) {
    const size_t rest = count - start;
    const f64x16 x =
        __builtin_convertvector(FN(load_chunk)(a + start * size, type, rest), f64x16);
    const f64x16 y =
        __builtin_convertvector(FN(load_chunk)(b + start * size, type, rest), f64x16);
    dot += x * y;
    square_a += x * x;
    square_b += y * y;
  }
  const double norm_a = __builtin_sqrt(FN(sum_wide)(square_a));
  const double norm_b = __builtin_sqrt(FN(sum_wide)(square_b));
  const double smallest = 1e-8;
  return (float)(FN(sum_wide)(dot)
                 / ((norm_a < smallest ? smallest : norm_a)
                    * (norm_b < smallest ? smallest : norm_b)));
}

static float FN(cosine_similarity)(const void *a, const void *b, int type, size_t count) {
  float similarity = 0;
#define VK_CALL(t) similarity = FN(cosine_of)(a, b, t, count)
  VK_FOR_TYPE(type, VK_CALL);
#undef VK_CALL
  return similarity;
}
