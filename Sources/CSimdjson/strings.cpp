// The strings of a document: where they end, and what their escapes mean.
#include "document.hpp"

#include <cstring>

namespace vflow {
namespace {

// 0xFF for what is no hexadecimal digit.
struct HexDigits {
  uint8_t value[256];
  constexpr HexDigits() : value() {
    for (int c = 0; c < 256; ++c) {
      value[c] = c >= '0' && c <= '9'   ? static_cast<uint8_t>(c - '0')
                 : c >= 'a' && c <= 'f' ? static_cast<uint8_t>(c - 'a' + 10)
                 : c >= 'A' && c <= 'F' ? static_cast<uint8_t>(c - 'A' + 10)
                                        : 0xFF;
    }
  }
};
constexpr HexDigits hex_digits;

char simple_escape(uint8_t c) {
  switch (c) {
    case '"': return '"';
    case '\\': return '\\';
    case '/': return '/';
    case 'b': return '\b';
    case 'f': return '\f';
    case 'n': return '\n';
    case 'r': return '\r';
    case 't': return '\t';
    default: return 0;
  }
}

void append_utf8(std::string &text, uint32_t c) {
  if (c < 0x80) {
    text += static_cast<char>(c);
    return;
  }
  if (c < 0x800) {
    text += static_cast<char>(0xC0 | c >> 6);
  } else {
    if (c < 0x10000) {
      text += static_cast<char>(0xE0 | c >> 12);
    } else {
      text += static_cast<char>(0xF0 | c >> 18);
      text += static_cast<char>(0x80 | (c >> 12 & 0x3F));
    }
    text += static_cast<char>(0x80 | (c >> 6 & 0x3F));
  }
  text += static_cast<char>(0x80 | (c & 0x3F));
}

using Block = uint8_t __attribute__((vector_size(16)));

// The first quote or backslash at or after `p`; `end` if there is none.
const uint8_t *find_special(const uint8_t *p, const uint8_t *end) {
  for (; end - p >= 16; p += 16) {
    Block block;
    std::memcpy(&block, p, sizeof block);
    const auto found = (block == '"') | (block == '\\');
    uint64_t halves[2];
    std::memcpy(halves, &found, sizeof halves);
    if ((halves[0] | halves[1]) != 0) break;
  }
  while (p < end && *p != '"' && *p != '\\') ++p;
  return p;
}

}  // namespace

// The string whose opening quote is at `offset`; `end` is the byte after its closing quote.
vflow_json_node Document::string(size_t offset, size_t &end) {
  const size_t start = offset + 1;
  const uint8_t *p = find_special(bytes_ + start, bytes_ + length_);
  if (p == bytes_ + length_) throw Refusal{VFLOW_JSON_UNTERMINATED_STRING, offset};
  vflow_json_node node{};
  if (*p == '"') {
    node.kind = VFLOW_JSON_TEXT;
    node.value = start;
    node.count = static_cast<size_t>(p - bytes_) - start;
  } else {
    node.kind = VFLOW_JSON_UNESCAPED_TEXT;
    node.value = text_.size();
    p = bytes_ + unescape(start, static_cast<size_t>(p - bytes_));
    node.count = text_.size() - node.value;
  }
  end = static_cast<size_t>(p - bytes_) + 1;
  return node;
}

// Copies from `start`, whose first backslash is at `at`; returns where the closing quote is.
size_t Document::unescape(size_t start, size_t at) {
  for (;;) {
    text_.append(reinterpret_cast<const char *>(bytes_ + start), at - start);
    if (at == length_) throw Refusal{VFLOW_JSON_UNTERMINATED_STRING, start};
    if (bytes_[at] == '"') return at;
    if (length_ - at < 2) throw Refusal{VFLOW_JSON_INVALID_ESCAPE, at};
    if (bytes_[at + 1] == 'u') {
      start = unescape_code_point(at);
    } else {
      const char c = simple_escape(bytes_[at + 1]);
      if (c == 0) throw Refusal{VFLOW_JSON_INVALID_ESCAPE, at};
      text_ += c;
      start = at + 2;
    }
    at = static_cast<size_t>(find_special(bytes_ + start, bytes_ + length_) - bytes_);
  }
}

// Reads `\uXXXX`, or two of them that are a surrogate pair; half a pair has no UTF-8 form.
size_t Document::unescape_code_point(size_t offset) {
  const auto unit = [&](size_t at) -> uint32_t {
    if (length_ - at < 6 || bytes_[at] != '\\' || bytes_[at + 1] != 'u') return UINT32_MAX;
    uint32_t value = 0;
    for (size_t index = at + 2; index < at + 6; ++index) {
      const uint8_t digit = hex_digits.value[bytes_[index]];
      if (digit == 0xFF) return UINT32_MAX;
      value = value << 4 | digit;
    }
    return value;
  };
  const uint32_t first = unit(offset);
  if (first == UINT32_MAX || first - 0xDC00 < 0x400) {
    throw Refusal{VFLOW_JSON_INVALID_ESCAPE, offset};
  }
  if (first - 0xD800 >= 0x400) {
    append_utf8(text_, first);
    return offset + 6;
  }
  const uint32_t second = unit(offset + 6);
  if (second - 0xDC00 >= 0x400) throw Refusal{VFLOW_JSON_INVALID_ESCAPE, offset};
  append_utf8(text_, 0x10000 + ((first - 0xD800) << 10) + (second - 0xDC00));
  return offset + 12;
}

}  // namespace vflow
