// One JSON number: grammar and value in a single pass.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>

namespace vflow {

struct Number {
  double value;
  int64_t integer;
  bool is_integer;      // written without point and exponent, and fits in 64 bits
  bool is_exact;        // value is the decimal, to the last digit
  const char *end;      // the first byte after the number
};

enum class NumberFault { none, grammar, overflow };

// Reads the number at `text`. Some byte before `limit` must not belong to a number.
NumberFault read_number(const char *text, const char *limit, Number &number);

// The rare half of value_for_narrowing.
double move_off_midpoint(const char *text, const Number &number);

// `number.value`, moved one step towards the decimal if it may be a midpoint between two
// binary32, binary16 or bfloat16 values and the decimal is not: rounding it once more to any of
// these then gives what rounding the decimal itself would have given.
inline double value_for_narrowing(const char *text, const Number &number) {
  uint64_t bits;
  std::memcpy(&bits, &number.value, sizeof bits);
  // Every midpoint of a narrower format has at most 25 significant bits.
  const bool may_be_midpoint = (bits & 0x0FFFFFFF) == 0 && !number.is_exact && number.value != 0;
  return may_be_midpoint ? move_off_midpoint(text, number) : number.value;
}

}  // namespace vflow
