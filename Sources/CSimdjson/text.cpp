// Numbers and strings as JSON text.
#include "CSimdjson.h"

#include <charconv>
#include <cmath>
#include <cstring>

namespace {

template <typename T>
size_t write_real(T value, char *text) {
  if (!std::isfinite(value)) {
    std::memcpy(text, "null", 4);
    return 4;
  }
  return static_cast<size_t>(std::to_chars(text, text + 32, value).ptr - text);
}

template <typename T>
char *write_one(T value, char *text) {
  if constexpr (std::is_floating_point_v<T>) {
    return text + write_real(value, text);
  } else {
    return std::to_chars(text, text + 12, value).ptr;
  }
}

template <typename T>
size_t write_all(const void *unaligned, size_t count, char *text) {
  const char *const source = static_cast<const char *>(unaligned);
  char *p = text;
  for (size_t index = 0; index < count; ++index) {
    T value;
    std::memcpy(&value, source + index * sizeof(T), sizeof(T));
    if (index != 0) *p++ = ',';
    p = write_one(value, p);
  }
  return static_cast<size_t>(p - text);
}

bool is_special(uint8_t c) { return c < 0x20 || c == '"' || c == '\\'; }

// The lowest bit that is set is the highest of the first special character; bits above may err.
uint64_t first_special(uint64_t eight) {
  constexpr uint64_t ones = 0x0101010101010101;
  const uint64_t quote = eight ^ ones * '"', backslash = eight ^ ones * '\\';
  const uint64_t control = (eight - ones * 0x20) & ~eight;
  return (control | ((quote - ones) & ~quote) | ((backslash - ones) & ~backslash)) & ones * 0x80;
}

char *write_escape(uint8_t c, char *p) {
  constexpr char hex[] = "0123456789abcdef";
  *p++ = '\\';
  switch (c) {
    case '"': *p++ = '"'; break;
    case '\\': *p++ = '\\'; break;
    case '\b': *p++ = 'b'; break;
    case '\f': *p++ = 'f'; break;
    case '\n': *p++ = 'n'; break;
    case '\r': *p++ = 'r'; break;
    case '\t': *p++ = 't'; break;
    default:
      std::memcpy(p, "u00", 3);
      p[3] = hex[c >> 4];
      p[4] = hex[c & 15];
      p += 5;
  }
  return p;
}

}  // namespace

size_t vflow_write_int64(int64_t value, char *text) {
  return static_cast<size_t>(std::to_chars(text, text + 20, value).ptr - text);
}

size_t vflow_write_double(double value, char *text) { return write_real(value, text); }
size_t vflow_write_float(float value, char *text) { return write_real(value, text); }

size_t vflow_write_floats(const void *unaligned, size_t count, char *text) {
  return write_all<float>(unaligned, count, text);
}

size_t vflow_write_int32s(const void *unaligned, size_t count, char *text) {
  return write_all<int32_t>(unaligned, count, text);
}

size_t vflow_write_uint8s(const void *unaligned, size_t count, char *text) {
  return write_all<uint8_t>(unaligned, count, text);
}

size_t vflow_write_escaped(const uint8_t *utf8, size_t length, char *text) {
  char *p = text;
  size_t index = 0;
  // Eight characters at a time. There is room for six times what is left, so all eight may be copied
  // before it is known how many of them stand for themselves.
  while (length - index >= 8) {
    uint64_t eight;
    std::memcpy(&eight, utf8 + index, 8);
    std::memcpy(p, &eight, 8);
    const uint64_t found = first_special(eight);
    const size_t plain = found == 0 ? 8 : static_cast<size_t>(__builtin_ctzll(found)) / 8;
    p += plain;
    index += plain;
    if (found != 0) p = write_escape(utf8[index++], p);
  }
  for (; index < length; ++index) {
    const uint8_t c = utf8[index];
    if (is_special(c)) {
      p = write_escape(c, p);
    } else {
      *p++ = static_cast<char>(c);
    }
  }
  return static_cast<size_t>(p - text);
}
