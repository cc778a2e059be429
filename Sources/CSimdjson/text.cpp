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

}  // namespace

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
  constexpr char hex[] = "0123456789abcdef";
  char *p = text;
  for (size_t index = 0; index < length; ++index) {
    const uint8_t c = utf8[index];
    if (c >= 0x20 && c != '"' && c != '\\') {
      *p++ = static_cast<char>(c);
      continue;
    }
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
  }
  return static_cast<size_t>(p - text);
}
