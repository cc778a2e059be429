// RFC 4648 section 4, strictly: no whitespace, padding required, unused bits zero.
#include "CSimdjson.h"

#include <cstring>

namespace {

constexpr char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr uint32_t invalid = 0x80000000;

// For each of the four characters of a group, its bits where they belong in the three bytes, low
// byte first, or `invalid`: four look-ups and three ORs decode a group.
struct DecodingTable {
  uint32_t bits[4][256];
  constexpr DecodingTable() : bits() {
    for (auto &place : bits) {
      for (auto &entry : place) entry = invalid;
    }
    for (uint32_t value = 0; value < 64; ++value) {
      const auto c = static_cast<unsigned char>(alphabet[value]);
      bits[0][c] = value << 2;
      bits[1][c] = (value >> 4) | (value & 15) << 12;
      bits[2][c] = (value >> 2) << 8 | (value & 3) << 22;
      bits[3][c] = value << 16;
    }
  }
};
constexpr DecodingTable table;

// The two characters of every twelve bits.
struct EncodingTable {
  char pairs[4096][2];
  constexpr EncodingTable() : pairs() {
    for (int value = 0; value < 4096; ++value) {
      pairs[value][0] = alphabet[value >> 6];
      pairs[value][1] = alphabet[value & 63];
    }
  }
};
constexpr EncodingTable pair_table;

inline uint32_t group(const uint8_t *text) {
  return table.bits[0][text[0]] | table.bits[1][text[1]] | table.bits[2][text[2]] |
         table.bits[3][text[3]];
}

inline void store(uint32_t value, uint8_t *bytes, size_t count) {
  for (size_t index = 0; index < count; ++index) {
    bytes[index] = static_cast<uint8_t>(value >> (8 * index));
  }
}

size_t padding(const uint8_t *text, size_t length) {
  if (length < 4 || text[length - 1] != '=') return 0;
  return text[length - 2] == '=' ? 2 : 1;
}

// Only called with a fault inside: a '=' before the end is one of padding.
vflow_base64_status fault(const uint8_t *text, size_t count, size_t start, size_t *offset) {
  size_t index = 0;
  while (index + 1 < count && (table.bits[0][text[index]] & invalid) == 0) ++index;
  *offset = start + index;
  return text[index] == '=' ? VFLOW_BASE64_INVALID_PADDING : VFLOW_BASE64_INVALID_CHARACTER;
}

}  // namespace

size_t vflow_base64_decoded_size(const uint8_t *text, size_t length) {
  return length / 4 * 3 - padding(text, length);
}

vflow_base64_status vflow_base64_decode(
    const uint8_t *text, size_t length, uint8_t *bytes, size_t *offset) {
  if (length % 4 != 0) {
    *offset = length;
    return VFLOW_BASE64_INVALID_LENGTH;
  }
  const size_t padded = padding(text, length);
  const size_t whole = padded == 0 ? length : length - 4;
  size_t at = 0;
  // Four groups at a time; each store writes one byte of the next group, which then overwrites it.
  for (; whole - at >= 20; at += 16) {
    const uint32_t a = group(text + at), b = group(text + at + 4);
    const uint32_t c = group(text + at + 8), d = group(text + at + 12);
    if (((a | b | c | d) & invalid) != 0) return fault(text + at, 16, at, offset);
    const uint32_t values[4] = {a, b, c, d};
    for (const uint32_t value : values) {
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
      std::memcpy(bytes, &value, 4);
#else
      store(value, bytes, 3);
#endif
      bytes += 3;
    }
  }
  for (; at < whole; at += 4) {
    const uint32_t value = group(text + at);
    if ((value & invalid) != 0) return fault(text + at, 4, at, offset);
    store(value, bytes, 3);
    bytes += 3;
  }
  if (padded == 0) return VFLOW_BASE64_OK;
  uint8_t last[4] = {text[at], text[at + 1], text[at + 2], 'A'};
  if (padded == 2) last[2] = 'A';
  const uint32_t value = group(last);
  if ((value & invalid) != 0) return fault(last, 4, at, offset);
  if (value >> (8 * (3 - padded)) != 0) {
    *offset = at + 3 - padded;
    return VFLOW_BASE64_TRAILING_BITS;
  }
  store(value, bytes, 3 - padded);
  return VFLOW_BASE64_OK;
}

void vflow_base64_encode(const uint8_t *bytes, size_t length, uint8_t *text) {
  size_t at = 0;
  for (; length - at >= 3; at += 3, text += 4) {
    const uint32_t high = bytes[at], middle = bytes[at + 1], low = bytes[at + 2];
    const uint32_t value = high << 16 | middle << 8 | low;
    std::memcpy(text, pair_table.pairs[value >> 12], 2);
    std::memcpy(text + 2, pair_table.pairs[value & 4095], 2);
  }
  if (at == length) return;
  const bool has_two = length - at == 2;
  const uint32_t value = static_cast<uint32_t>(bytes[at]) << 16 |
                         (has_two ? static_cast<uint32_t>(bytes[at + 1]) << 8 : 0);
  std::memcpy(text, pair_table.pairs[value >> 12], 2);
  text[2] = has_two ? static_cast<uint8_t>(alphabet[value >> 6 & 63]) : '=';
  text[3] = '=';
}
