// Numbers that will be rounded once more, to binary32, binary16 or bfloat16.
#pragma once

#include <cstdint>
#include <cstring>
#include <string_view>

namespace vflow {

// The rare half of value_for_narrowing.
double move_off_midpoint(std::string_view token, double value);

// `value`, the binary64 nearest to the decimal in `token`, which space may follow, moved one step towards it if `value` may be a
// midpoint between two values of a narrower type and the decimal is not: rounding it once more
// then gives what rounding the decimal itself would have given.
inline double value_for_narrowing(std::string_view token, double value) {
  uint64_t bits;
  std::memcpy(&bits, &value, sizeof bits);
  // Of the 53 bits, binary32 has 24, and so its midpoints 25, the last of them set, or fewer where
  // it is subnormal; those of binary16 and bfloat16 have 12 at most. Most values of binary32 that
  // were written with all their digits are none of these.
  if ((bits & 0x0FFFFFFF) != 0) return value;
  const bool has_last_bit = (bits & 0x10000000) != 0, is_short = (bits & 0x1FFFFFFFFFF) == 0;
  const bool is_tiny = value > -0x1p-126 && value < 0x1p-126;
  const bool may_be_midpoint = value != 0 && (has_last_bit || is_short || is_tiny);
  return may_be_midpoint ? move_off_midpoint(token, value) : value;
}

}  // namespace vflow
