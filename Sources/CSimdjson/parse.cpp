// Memory of a parse, and the C interface to it.
//
// simdjson indexes a document before it reads it: four bytes for each token, at most one a byte, in
// a block for the worst case, of which only what is used becomes resident. It also wants the text
// padded, so there is a copy. Both are freed before the call returns, whatever it returns.
#include "walk.hpp"

#include <cstring>
#include <memory>

namespace vflow {
namespace {

constexpr size_t unknown = SIZE_MAX;

// The document as the only element of an array, and padded.
class BracketedText {
 public:
  BracketedText(const uint8_t *bytes, size_t length, char *memory)
      : length_(length + 2), own_(memory == nullptr ? new char[size(length)] : nullptr),
        text_(memory == nullptr ? own_.get() : memory) {
    text_[0] = '[';
    if (length != 0) std::memcpy(&text_[1], bytes, length);
    std::memset(&text_[length + 1], ' ', simdjson::SIMDJSON_PADDING + 1);
    text_[length + 1] = ']';
  }
  static size_t size(size_t length) { return length + 2 + simdjson::SIMDJSON_PADDING; }
  simdjson::padded_string_view padded() const {
    return simdjson::padded_string_view(
        text_, length_, length_ + simdjson::SIMDJSON_PADDING);
  }
  std::string_view document() const { return {&text_[1], length_ - 2}; }

 private:
  size_t length_;
  std::unique_ptr<char[]> own_;
  char *text_;
};

// What the first stage sees: it looks at all of the text, and does not say where.
vflow_json_status status_of(simdjson::error_code error) {
  switch (error) {
    case simdjson::UTF8_ERROR: return VFLOW_JSON_INVALID_UTF8;
    case simdjson::UNESCAPED_CHARS: return VFLOW_JSON_CONTROL_CHARACTER;
    case simdjson::UNCLOSED_STRING: return VFLOW_JSON_UNTERMINATED_STRING;
    // CAPACITY too: more than 4 GiB.
    case simdjson::MEMALLOC:
    case simdjson::CAPACITY: return VFLOW_JSON_OUT_OF_MEMORY;
    default: return VFLOW_JSON_UNEXPECTED_TOKEN;
  }
}

void parse(
    const BracketedText &text, const vflow_json_limits &limits, Table &table,
    vflow_json_document &result) {
  simdjson::ondemand::parser parser;
  simdjson::ondemand::document document;
  // By default the parser keeps memory for 1024 open levels, far more than the walk may enter: its
  // own, the bracket around the document and the level that it refuses, with some to spare.
  const auto padded = text.padded();
  auto error = parser.allocate(padded.length(), limits.depth + 8);
  if (error == simdjson::SUCCESS) error = parser.iterate(padded).get(document);
  if (error != simdjson::SUCCESS) {
    result.status = status_of(error);
    return;
  }
  Walk walk(parser, document, text.document(), limits, table);
  try {
    walk.run();
  } catch (const Refusal &refusal) {
    result.status = refusal.status;
    result.error_offset = walk.offset();
    result.error_pointer = ::strdup(walk.pointer().c_str());
  }
}

}  // namespace
}  // namespace vflow

void vflow_json_parse(
    const uint8_t *bytes, size_t length, vflow_json_limits limits, void *copy,
    vflow_json_document *result) {
  using namespace vflow;
  *result = {};
  result->error_offset = unknown;
  if (length >= 3 && std::memcmp(bytes, "\xEF\xBB\xBF", 3) == 0) {
    result->status = VFLOW_JSON_BYTE_ORDER_MARK;
    result->error_offset = 0;
    return;
  }
  try {
    auto table = std::make_unique<Table>(limits);
    parse(BracketedText(bytes, length, static_cast<char *>(copy)), limits, *table, *result);
    if (result->status != VFLOW_JSON_OK) return;
    table->hand_over(*result);
    result->owner = table.release();
  } catch (...) {
    result->status = VFLOW_JSON_OUT_OF_MEMORY;
  }
}

size_t vflow_json_copy_size(size_t length) { return vflow::BracketedText::size(length); }

void vflow_json_release(vflow_json_document *document) {
  std::free(document->doubles);
  std::free(document->error_pointer);
  delete static_cast<vflow::Table *>(document->owner);
  *document = {};
}

void vflow_json_free_doubles(double *doubles) { std::free(doubles); }
