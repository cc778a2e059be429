#include "narrowing.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <string>

namespace vflow {
namespace {

// Significant digits without leading and trailing zeros, and the power of ten of the first one.
struct Decimal {
  std::string digits;
  int64_t magnitude;
};

Decimal decompose(std::string_view text) {
  Decimal decimal{{}, 0};
  bool seen_point = false;
  const size_t mantissa = std::min(text.find_first_of("eE"), text.size());
  for (const char c : text.substr(0, mantissa)) {
    if (c == '.') seen_point = true;
    if (c == '.' || c == '-') continue;
    const bool leads = decimal.digits.empty() && c == '0';
    if (!leads) decimal.digits.push_back(c);
    if (seen_point == leads) decimal.magnitude += leads ? -1 : 1;
  }
  decimal.digits.erase(decimal.digits.find_last_not_of('0') + 1);
  if (mantissa < text.size()) {
    const char *exponent = text.data() + mantissa + 1;
    if (*exponent == '+') ++exponent;
    int64_t written = 0;
    // Fits, or the value would be zero or infinite.
    std::from_chars(exponent, text.data() + text.size(), written);
    decimal.magnitude += written;
  }
  return decimal;
}

// -1, 0, 1: how the magnitude of the decimal compares with that of `value`.
int compare(std::string_view text, double value) {
  char exact[1100];
  // m * 2^e has -e digits behind its point if e < 0, else fewer digits than bits; m has 53 bits.
  // So nothing is rounded here, and usual magnitudes need few digits.
  const int exponent = std::ilogb(value);
  const int digits = std::min(766, exponent < 25 ? 52 + std::max(0, -exponent) : exponent);
  const auto written = std::to_chars(
      exact, exact + sizeof exact, std::fabs(value), std::chars_format::scientific, digits);
  const Decimal decimal = decompose(text);
  const Decimal binary = decompose({exact, static_cast<size_t>(written.ptr - exact)});
  if (decimal.magnitude != binary.magnitude) {
    return decimal.magnitude < binary.magnitude ? -1 : 1;
  }
  return decimal.digits.compare(binary.digits);
}

}  // namespace

double move_off_midpoint(std::string_view token, double value) {
  // The smallest midpoint of binary32 is 2^-150: what is smaller becomes zero either way, and what
  // is larger than any binary32 becomes infinite. Both would need hundreds of digits.
  if (std::fabs(value) < 0x1p-151 || std::fabs(value) >= 0x1p128) return value;
  const std::string_view decimal = token.substr(0, token.find_last_not_of(" \t\r\n") + 1);
  // With k digits behind the point, and 25 bits of `value`, the two differ by a multiple of
  // value / (10^k 2^25), which for k <= 8 is more than half a unit in the last place: they are
  // equal. This spares masks of 1.0 and steps of 0.25 the digits.
  constexpr size_t short_decimal = 10;  // 0.12345678
  if (decimal.size() <= short_decimal && decimal.find_first_of("eE") == decimal.npos) return value;
  const int order = compare(decimal, value);
  uint64_t bits;
  std::memcpy(&bits, &value, sizeof bits);
  // The sign is a bit of its own, so one more is always further from zero.
  if (order > 0) ++bits;
  if (order < 0) --bits;
  std::memcpy(&value, &bits, sizeof bits);
  return value;
}

}  // namespace vflow
