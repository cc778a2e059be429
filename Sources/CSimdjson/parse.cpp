// Runs a document through simdjson's structural scanner, one window at a time.
//
// simdjson's first stage finds, with the best vector instructions of the CPU, every byte that can
// start a token, and checks UTF-8 and the bytes inside strings. It needs four bytes of scratch per
// byte of input. Feeding it windows of 64 KiB keeps that scratch at 256 KiB for any document, keeps
// it in the cache, and stops at the first fault: a gigabyte of '[' is refused in the first window.
#include "document.hpp"

#include <simdjson.h>

#include <cstring>
#include <memory>

namespace vflow {
namespace {

constexpr size_t window_size = 64 * 1024;

constexpr size_t unknown = SIZE_MAX;

using Scanner = simdjson::internal::dom_parser_implementation;

struct Source {
  const uint8_t *bytes;
  size_t length;
};

bool is_separator(uint8_t c) {
  return c == ',' || c == ' ' || c == '\n' || c == '\t' || c == '\r' || c == ':' || c == '"' ||
         c == '[' || c == ']' || c == '{' || c == '}';
}

// The closing quote of the string opened just before `start`, or the length if there is none.
size_t closing_quote(const Source &source, size_t start) {
  for (size_t from = start;;) {
    const void *const found = std::memchr(source.bytes + from, '"', source.length - from);
    if (found == nullptr) return source.length;
    const size_t quote = static_cast<size_t>(static_cast<const uint8_t *>(found) - source.bytes);
    size_t backslashes = 0;
    while (quote - backslashes > start && source.bytes[quote - backslashes - 1] == '\\') {
      ++backslashes;
    }
    if (backslashes % 2 == 0) return quote;
    from = quote + 1;
  }
}

// A place at least one window after `begin` that is in no token; both are outside strings.
size_t window_end(const Source &source, size_t begin) {
  if (source.length - begin <= window_size) return source.length;
  const size_t target = begin + window_size;
  size_t at = begin;
  while (at < target) {
    const void *const quote = std::memchr(source.bytes + at, '"', target - at);
    if (quote == nullptr) break;
    at = static_cast<size_t>(static_cast<const uint8_t *>(quote) - source.bytes);
    at = closing_quote(source, at + 1);
    if (at == source.length) return at;
    ++at;
  }
  if (at < target) at = target;
  while (at < source.length && !is_separator(source.bytes[at])) ++at;
  return at;
}

// The first byte that is not UTF-8. Only called once the scanner has said that there is one.
size_t find_invalid_utf8(const Source &source, size_t at, size_t end) {
  while (at < end) {
    const uint8_t c = source.bytes[at];
    const size_t size = c < 0x80 ? 1 : c < 0xE0 ? 2 : c < 0xF0 ? 3 : 4;
    const size_t checked = std::min(size, end - at);
    if (!simdjson::validate_utf8(reinterpret_cast<const char *>(source.bytes + at), checked)) break;
    at += checked;
  }
  return at;
}

// The first control character inside a string; `at` is outside one. Like the scanner, takes a
// backslash for an escape outside of strings too, where it is a fault of its own.
size_t find_control_character(const Source &source, size_t at, size_t end) {
  bool is_inside = false;
  for (; at < end; ++at) {
    const uint8_t c = source.bytes[at];
    if (is_inside && c < 0x20) return at;
    if (c == '"') is_inside = !is_inside;
    if (c != '\\') continue;
    ++at;
    if (is_inside && at < end && source.bytes[at] < 0x20) return at;
  }
  return unknown;
}

size_t find_unclosed_quote(const Source &source, size_t at) {
  for (;;) {
    while (at < source.length && source.bytes[at] != '"') {
      at += source.bytes[at] == '\\' ? 2 : 1;
    }
    if (at >= source.length) return unknown;
    const size_t closing = closing_quote(source, at + 1);
    if (closing == source.length) return at;
    at = closing + 1;
  }
}

[[noreturn]] void refuse(
    simdjson::error_code error, const Source &source, size_t begin, size_t end) {
  switch (error) {
    case simdjson::UTF8_ERROR:
      throw Refusal{VFLOW_JSON_INVALID_UTF8, find_invalid_utf8(source, begin, end)};
    case simdjson::UNESCAPED_CHARS:
      throw Refusal{VFLOW_JSON_CONTROL_CHARACTER, find_control_character(source, begin, end)};
    case simdjson::UNCLOSED_STRING:
      throw Refusal{VFLOW_JSON_UNTERMINATED_STRING, find_unclosed_quote(source, begin)};
    case simdjson::MEMALLOC:
      throw std::bad_alloc();
    default:
      throw Refusal{VFLOW_JSON_UNEXPECTED_TOKEN, begin};
  }
}

void run(const Source &source, Document &document) {
  std::unique_ptr<Scanner> scanner;
  const auto *const implementation =
      static_cast<const simdjson::implementation *>(simdjson::get_active_implementation());
  for (size_t begin = 0, end; begin < source.length; begin = end) {
    end = window_end(source, begin);
    if (scanner == nullptr || scanner->capacity() < end - begin) {
      const auto error =
          scanner == nullptr
              ? implementation->create_dom_parser_implementation(end - begin, 1, scanner)
              : scanner->set_capacity(end - begin);
      if (error != simdjson::SUCCESS) throw std::bad_alloc();
    }
    const auto error =
        scanner->stage1(source.bytes + begin, end - begin, simdjson::stage1_mode::regular);
    if (error == simdjson::EMPTY) continue;
    if (error != simdjson::SUCCESS) refuse(error, source, begin, end);
    document.tokens(
        begin, scanner->structural_indexes.get(), scanner->n_structural_indexes,
        end == source.length);
  }
  document.finish();
}

void fail(vflow_json_document &result, vflow_json_status status, size_t offset) {
  result.status = status;
  result.error_offset = offset;
}

}  // namespace
}  // namespace vflow

void vflow_json_parse(
    const uint8_t *bytes, size_t length, vflow_json_limits limits, vflow_json_document *result) {
  using namespace vflow;
  *result = {};
  result->error_offset = unknown;
  if (length >= 3 && std::memcmp(bytes, "\xEF\xBB\xBF", 3) == 0) {
    return fail(*result, VFLOW_JSON_BYTE_ORDER_MARK, 0);
  }
  Document *document = nullptr;
  try {
    document = new Document(bytes, length, limits);
    result->owner = document;
    run({bytes, length}, *document);
    document->hand_over(*result);
  } catch (const Refusal &refusal) {
    fail(*result, refusal.status, refusal.offset);
    try {
      result->error_pointer = ::strdup(document->pointer().c_str());
    } catch (...) {
      // The status stands without the pointer.
    }
  } catch (...) {
    fail(*result, VFLOW_JSON_OUT_OF_MEMORY, unknown);
  }
}

void vflow_json_release(vflow_json_document *document) {
  std::free(document->doubles);
  std::free(document->error_pointer);
  delete static_cast<vflow::Document *>(document->owner);
  *document = {};
}

void vflow_json_free_doubles(double *doubles) { std::free(doubles); }
