#include "number.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstring>
#include <string>

namespace vflow {
namespace {

// The powers of ten that a double holds exactly.
constexpr double exact_power[] = {
    1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,  1e8,  1e9,  1e10, 1e11,
    1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};
constexpr uint64_t power[] = {
    1, 10, 100, 1000, 10000, 100000, 1000000, 10000000, 100000000, 1000000000, 10000000000,
    100000000000, 1000000000000, 10000000000000, 100000000000000, 1000000000000000,
    10000000000000000, 100000000000000000, 1000000000000000000, 10000000000000000000u};
constexpr uint64_t largest_exact_integer = uint64_t{1} << 53;

inline bool is_digit(char c) { return static_cast<unsigned char>(c - '0') < 10; }

constexpr uint64_t every_byte(uint8_t value) { return 0x0101010101010101u * value; }

// The number that eight digits of 0 to 9, one to a byte, the first one lowest, stand for: pairs,
// then fours, then all, each step one multiplication.
inline uint64_t combine(uint64_t digits) {
  digits = (digits * 10 + (digits >> 8)) & 0x00FF00FF00FF00FFu;
  digits = (digits * 100 + (digits >> 16)) & 0x0000FFFF0000FFFFu;
  return (digits * 10000 + (digits >> 32)) & 0xFFFFFFFFu;
}

struct Chunk {
  uint64_t digits;  // each byte less '0'
  uint64_t others;  // the high bit of each byte that is no digit
};

inline Chunk load(const char *p) {
  uint64_t digits;
  std::memcpy(&digits, p, 8);
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
  digits = __builtin_bswap64(digits);
#endif
  digits ^= every_byte('0');
  const uint64_t low = (digits & every_byte(0x7F)) + every_byte(0x76);
  return {digits, (low | digits) & every_byte(0x80)};
}

inline const char *read_digits(const char *p, uint64_t &value) {
  while (is_digit(*p)) value = value * 10 + static_cast<uint64_t>(*p++ - '0');
  return p;
}

// Appends digits to `value`, up to sixteen at once. How many there are differs between numbers,
// so a loop over them would be mispredicted for most; here they are shifted into place instead.
inline const char *read_many_digits(const char *p, const char *limit, uint64_t &value) {
  if (limit - p >= 16) {
    const Chunk first = load(p), second = load(p + 8);
    const int in_second = second.others == 0 ? 8 : __builtin_ctzll(second.others) / 8;
    const int count = first.others == 0 ? 8 + in_second : __builtin_ctzll(first.others) / 8;
    auto digits = static_cast<unsigned __int128>(second.digits) << 64 | first.digits;
    // In two steps, since a shift by all bits is undefined; for 16 digits it does not matter.
    digits = count == 16 ? digits : digits << (8 * (15 - count)) << 8;
    value = value * power[count] + combine(static_cast<uint64_t>(digits)) * power[8] +
            combine(static_cast<uint64_t>(digits >> 64));
    p += count;
    if (count < 16) return p;
  }
  return read_digits(p, value);
}

// Reads `e+12`; the result is capped far outside the range of a double.
inline const char *read_exponent(const char *p, int64_t &exponent) {
  const bool negative = *p == '-';
  if (*p == '-' || *p == '+') ++p;
  if (!is_digit(*p)) return nullptr;
  int64_t magnitude = 0;
  for (; is_digit(*p); ++p) {
    if (magnitude < 1'000'000'000'000) magnitude = magnitude * 10 + (*p - '0');
  }
  exponent = negative ? -magnitude : magnitude;
  return p;
}

// mantissa / 10^digits, rounded once: what most decimals of 16 to 19 digits need, such as a
// binary64 printed shortest. The mantissa is at least 2^53, and 1 <= digits <= 19.
double divide(uint64_t mantissa, int64_t digits) {
  const int mantissa_shift = __builtin_clzll(mantissa);
  const int divisor_shift = __builtin_clzll(power[digits]);
  const auto dividend = static_cast<unsigned __int128>(mantissa << mantissa_shift) << 62;
  const uint64_t divisor = power[digits] << divisor_shift;
  const auto quotient = static_cast<uint64_t>(dividend / divisor);
  // 62 or 63 bits, the last of which stands for all that were cut off: converting rounds rightly.
  const bool is_inexact = static_cast<unsigned __int128>(quotient) * divisor != dividend;
  const auto rounded = static_cast<double>(static_cast<int64_t>(quotient | is_inexact));
  return std::ldexp(rounded, divisor_shift - mantissa_shift - 62);
}

// Whether a number that does not fit is too large, rather than too small.
bool is_large(const char *first, int64_t integer_digits, int64_t written_exponent) {
  if (*first != '0') return integer_digits + written_exponent > 0;
  const char *q = first + 2;
  while (*q == '0') ++q;
  return written_exponent > q - (first + 2);
}

// Rare: more digits or a larger exponent than the exact path takes.
NumberFault read_slowly(const char *text, bool is_large, Number &number) {
  number.is_exact = false;
  const auto [end, error] = std::from_chars(text, number.end, number.value);
  if (error == std::errc::result_out_of_range) {
    // The library does not say which side was left, and leaves the value alone.
    if (is_large) return NumberFault::overflow;
    number.value = *text == '-' ? -0.0 : 0.0;
    return NumberFault::none;
  }
  if (error != std::errc() || end != number.end) return NumberFault::grammar;
  return std::isinf(number.value) ? NumberFault::overflow : NumberFault::none;
}

}  // namespace

NumberFault read_number(const char *text, const char *limit, Number &number) {
  const bool negative = *text == '-';
  const char *const first = text + negative;
  uint64_t mantissa = 0;
  const char *p = read_digits(first, mantissa);
  const int64_t integer_digits = p - first;
  if (integer_digits == 0 || (*first == '0' && integer_digits > 1)) return NumberFault::grammar;
  int64_t digits = integer_digits;
  int64_t exponent = 0;
  bool is_integer = true;
  if (*p == '.') {
    const char *const fraction = ++p;
    p = read_many_digits(p, limit, mantissa);
    if (p == fraction) return NumberFault::grammar;
    digits += p - fraction;
    exponent = fraction - p;
    is_integer = false;
  }
  int64_t written_exponent = 0;
  if (*p == 'e' || *p == 'E') {
    p = read_exponent(p + 1, written_exponent);
    if (p == nullptr) return NumberFault::grammar;
    is_integer = false;
  }
  number.end = p;
  exponent += written_exponent;
  number.is_integer = false;
  if (digits > 19) {
    // Leading zeros do not count: 0.000001234 has few digits that matter.
    const char *q = first;
    while (*q == '0' || *q == '.') ++q;
    digits -= q - first - (q > first + integer_digits ? 1 : 0);
  }
  // 19 digits never overflow 64 bits, so the mantissa is the true one.
  const auto slowly = [&] {
    return read_slowly(text, is_large(first, integer_digits, written_exponent), number);
  };
  if (digits > 19) return slowly();
  if (is_integer && mantissa <= uint64_t{INT64_MAX} + negative) {
    number.is_integer = true;
    number.integer = static_cast<int64_t>(negative ? 0 - mantissa : mantissa);
  }
  if (mantissa > largest_exact_integer && exponent < 0 && exponent >= -19) {
    const double value = divide(mantissa, -exponent);
    number.value = negative ? -value : value;
    number.is_exact = false;
    return NumberFault::none;
  }
  if (mantissa > largest_exact_integer || exponent < -22 || exponent > 22) {
    if (mantissa != 0) return slowly();
    exponent = 0;
  }
  // Clinger's fast path: both operands are exact, so the one rounding is the correct one.
  double value = static_cast<double>(mantissa);
  value = exponent < 0 ? value / exact_power[-exponent] : value * exact_power[exponent];
  number.value = negative ? -value : value;
  number.is_exact = exponent == 0;
  return NumberFault::none;
}

namespace {

// Significant digits without leading and trailing zeros, and the power of ten of the first one.
struct Decimal {
  std::string digits;
  int64_t magnitude;
};

Decimal decompose(const char *p, const char *end) {
  Decimal result{{}, 0};
  int64_t point = 0, position = 0;
  bool seen_point = false;
  if (*p == '-') ++p;
  for (; p < end && *p != 'e' && *p != 'E'; ++p) {
    if (*p == '.') {
      seen_point = true;
      continue;
    }
    if (!seen_point) ++point;
    if (result.digits.empty() && *p == '0') {
      ++position;
      continue;
    }
    result.digits.push_back(*p);
  }
  int64_t exponent = 0;
  if (p < end) {
    // The digits were checked before; a copy ends the text that read_exponent looks at.
    const std::string written(p + 1, end);
    read_exponent(written.c_str(), exponent);
  }
  while (!result.digits.empty() && result.digits.back() == '0') result.digits.pop_back();
  result.magnitude = point - position + exponent;
  return result;
}

// -1, 0, 1: how the magnitude of the decimal compares with that of `value`.
int compare(const char *text, const char *end, double value) {
  char exact[1100];
  // m * 2^e has -e digits behind its point if e < 0, else fewer digits than bits; m has 53 bits.
  // So nothing is rounded here, and usual magnitudes need few digits.
  const int exponent = std::ilogb(value);
  const int digits = std::min(766, exponent < 25 ? 52 + std::max(0, -exponent) : exponent);
  const auto written = std::to_chars(
      exact, exact + sizeof exact, std::fabs(value), std::chars_format::scientific, digits);
  const Decimal decimal = decompose(text, end), binary = decompose(exact, written.ptr);
  if (decimal.magnitude != binary.magnitude) {
    return decimal.magnitude < binary.magnitude ? -1 : 1;
  }
  return decimal.digits.compare(binary.digits);
}

}  // namespace

double move_off_midpoint(const char *text, const Number &number) {
  uint64_t bits;
  std::memcpy(&bits, &number.value, 8);
  const int order = compare(text, number.end, number.value);
  // The sign is a bit of its own, so one more is always further from zero.
  if (order > 0) ++bits;
  if (order < 0) --bits;
  double moved;
  std::memcpy(&moved, &bits, 8);
  return moved;
}

}  // namespace vflow
