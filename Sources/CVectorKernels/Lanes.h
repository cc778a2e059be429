// Loads, stores, conversions and lane arithmetic of one instruction set (see Levels.h).

VK_INLINE f32x16 FN(select)(i32x16 mask, f32x16 a, f32x16 b) {
  return (f32x16)((mask & (i32x16)a) | (~mask & (i32x16)b));
}

#if VK_HAS_HALF
typedef _Float16 FN(f16x16) __attribute__((ext_vector_type(16)));

VK_INLINE f32x16 FN(widen_half)(u16x16 bits) {
  return __builtin_convertvector((FN(f16x16))bits, f32x16);
}

VK_INLINE u16x16 FN(narrow_half)(f32x16 value) {
  return (u16x16)__builtin_convertvector(value, FN(f16x16));
}
#else
// Subnormals are built as 1.m * 2^-14 and reduced by 2^-14, which is exact and meets no
// subnormal binary32 (those cost a microcode assist). NaNs are made quiet, as processors do.
VK_INLINE f32x16 FN(widen_half)(u16x16 bits) {
  const u32x16 h = __builtin_convertvector(bits, u32x16);
  const u32x16 magnitude = (h & 0x7fff) << 13;
  const f32x16 smallest = (f32x16)((u32x16)(113u << 23));
  const f32x16 subnormal = (f32x16)(magnitude + (113u << 23)) - smallest;
  const f32x16 normal = (f32x16)(magnitude + (112u << 23));
  const u32x16 special = (u32x16)(magnitude >= (0x1fu << 23));
  const u32x16 nan = (u32x16)(magnitude > (0x1fu << 23));
  const f32x16 finite = FN(select)(magnitude < (1u << 23), subnormal, normal);
  const u32x16 sign = (h & 0x8000) << 16;
  return (f32x16)((u32x16)finite | (special & 0x7f800000) | (nan & 0x00400000) | sign);
}

// Adding 0.5 makes the adder round a subnormal result; normal results round in integers.
VK_INLINE u16x16 FN(narrow_half)(f32x16 value) {
  const u32x16 bits = (u32x16)value;
  const u32x16 magnitude = bits & 0x7fffffff;
  const u32x16 odd = (magnitude >> 13) & 1;
  const u32x16 normal = (magnitude - (112u << 23) + 0xfff + odd) >> 13;
  const f32x16 half = (f32x16)((u32x16)(126u << 23));
  const u32x16 subnormal = (u32x16)((f32x16)magnitude + half) - (126u << 23);
  const u32x16 nan = 0x7e00 | ((magnitude >> 13) & 0x3ff);
  u32x16 result = (u32x16)FN(select)(magnitude < (113u << 23), (f32x16)subnormal, (f32x16)normal);
  result = (u32x16)FN(select)(magnitude >= (143u << 23), (f32x16)(u32x16)(0x7c00), (f32x16)result);
  result = (u32x16)FN(select)(magnitude > 0x7f800000, (f32x16)nan, (f32x16)result);
  return __builtin_convertvector(result | ((bits >> 16) & 0x8000), u16x16);
}
#endif

VK_INLINE f32x16 FN(widen_brain)(u16x16 bits) {
  return (f32x16)(__builtin_convertvector(bits, u32x16) << 16);
}

VK_INLINE u16x16 FN(narrow_brain)(f32x16 value) {
  const u32x16 bits = (u32x16)value;
  const u32x16 rounded = (bits + 0x7fff + ((bits >> 16) & 1)) >> 16;
  const u32x16 nan = (bits >> 16) | 0x40;
  const i32x16 is_nan = (bits & 0x7fffffff) > 0x7f800000;
  return __builtin_convertvector((u32x16)FN(select)(is_nan, (f32x16)nan, (f32x16)rounded), u16x16);
}

VK_INLINE f32x16 FN(load)(const uint8_t *source, int type) {
  if (type == VK_FLOAT32) {
    f32x16 values;
    memcpy(&values, source, sizeof values);
    return values;
  }
  u16x16 bits;
  memcpy(&bits, source, sizeof bits);
  return type == VK_FLOAT16 ? FN(widen_half)(bits) : FN(widen_brain)(bits);
}

VK_INLINE f32x16 FN(load_floats)(const float *source) {
  return FN(load)((const uint8_t *)source, VK_FLOAT32);
}

// Reads `count` <= 16 elements; the other lanes are 0.
VK_INLINE f32x16 FN(load_some)(const uint8_t *source, int type, size_t count) {
  uint8_t bytes[VK_LANES * 4] = {0};
  memcpy(bytes, source, (count < VK_LANES ? count : VK_LANES) * vk_element_size(type));
  return FN(load)(bytes, type);
}

// Reads a chunk: 16 elements, or the `columns` < 16 that a narrow row has.
VK_INLINE f32x16 FN(load_chunk)(const uint8_t *source, int type, size_t columns) {
  return columns >= VK_LANES ? FN(load)(source, type) : FN(load_some)(source, type, columns);
}

VK_INLINE void FN(store)(f32x16 values, float *destination) {
  memcpy(destination, &values, sizeof values);
}

VK_INLINE void FN(store_chunk)(f32x16 values, float *destination, size_t columns) {
  if (columns >= VK_LANES) {
    FN(store)(values, destination);
  } else {
    memcpy(destination, &values, columns * sizeof(float));
  }
}

VK_INLINE f32x16 FN(maximum)(f32x16 a, f32x16 b) { return FN(select)(a > b, a, b); }

VK_INLINE float FN(sum)(f32x16 v) {
  const __typeof__(v.lo) v8 = v.lo + v.hi;
  const __typeof__(v8.lo) v4 = v8.lo + v8.hi;
  return (v4.x + v4.z) + (v4.y + v4.w);
}

VK_INLINE double FN(sum_wide)(f64x16 v) {
  const __typeof__(v.lo) v8 = v.lo + v.hi;
  const __typeof__(v8.lo) v4 = v8.lo + v8.hi;
  return (v4.x + v4.z) + (v4.y + v4.w);
}

VK_INLINE float FN(largest)(f32x16 v) {
  v = FN(maximum)(v, v.s89abcdef01234567);
  v = FN(maximum)(v, v.s456789ab01234567);
  v = FN(maximum)(v, v.s2345678901234567);
  return v[0] > v[1] ? v[0] : v[1];
}

#if VK_HAS_FMA
VK_INLINE f32x16 FN(fused)(f32x16 a, f32x16 b, f32x16 c) {
  return __builtin_elementwise_fma(a, b, c);
}
#else
// The product of two binary32 is exact in binary64. Rounding the sum to odd (Boldo and Melquiond,
// 2008) keeps what the last rounding to binary32 has to know, so the result is that of one fused
// operation. `error` is the rest of Knuth's two-sum; infinities and NaNs make it a NaN.
VK_INLINE f32x16 FN(fused)(f32x16 a, f32x16 b, f32x16 c) {
  const f64x16 product = __builtin_convertvector(a, f64x16) * __builtin_convertvector(b, f64x16);
  const f64x16 addend = __builtin_convertvector(c, f64x16);
  const f64x16 sum = product + addend;
  const f64x16 part = sum - product;
  const f64x16 error = (product - (sum - part)) + (addend - part);
  const i64x16 bits = (i64x16)sum;
  const i64x16 inexact = (i64x16)((error < 0.0) | (error > 0.0));
  const i64x16 even = (bits & 1) - 1;
  const i64x16 away = ((i64x16)error ^ bits) >> 63;
  return __builtin_convertvector((f64x16)(bits + (inexact & even & (away | 1))), f32x16);
}
#endif

// Several vectors side by side, so that the processor has independent work while a step of the
// exponential completes. Lanes do not interact: the width changes no result.
enum { FN(vk_wide_lanes) = VK_WIDE_VECTORS * VK_LANES };
typedef float FN(wide) __attribute__((ext_vector_type(VK_WIDE_VECTORS * VK_LANES)));
typedef uint32_t FN(wide_bits) __attribute__((ext_vector_type(VK_WIDE_VECTORS * VK_LANES)));

// e^x for x <= 0: x = n ln 2 + r in two parts (Cody and Waite), a polynomial of degree 7 in r
// (coefficients of Cephes expf, paired as Estrin does), n added to the exponent. Below -87 the
// result is 0; a NaN stays a NaN.
VK_INLINE FN(wide) FN(exponential)(FN(wide) x) {
  const FN(wide) shifted = x * 1.44269504f + 12582912.0f;
  const FN(wide) n = shifted - 12582912.0f;
  const FN(wide) r = (x - n * 0.693359375f) - n * -2.12194440e-4f;
  const FN(wide) square = r * r;
  const FN(wide) high = r * 1.9875691500e-4f + 1.3981999507e-3f;
  const FN(wide) middle = r * 8.3334519073e-3f + 4.1665795894e-2f;
  const FN(wide) low = r * 1.6666665459e-1f + 5.0000001201e-1f;
  const FN(wide) p = (high * square + middle) * square + low;
  const FN(wide) power = (p * square + r) + 1.0f;
  const FN(wide_bits) scaled = (FN(wide_bits))power + ((FN(wide_bits))shifted << 23);
  return (FN(wide))(scaled & ~(FN(wide_bits))(x < -87.0f));
}
