// The walk over a document that simdjson reads.
#pragma once

#include "table.hpp"

#include <simdjson.h>

#include <string>
#include <string_view>
#include <vector>

namespace vflow {

// Visits every value of a document with simdjson's on-demand API, which checks what is visited and
// nothing else: so each string is unescaped, each number and literal converted, each container
// iterated to its end, and the document left at its last token.
//
// The text comes as the only element of an array, so that a document is never a mere scalar, for
// which the API has other calls and other rules, and so that its end is a token like any other.
class Walk {
 public:
  // `text` is the document without the brackets around it.
  Walk(
      simdjson::ondemand::parser &parser, simdjson::ondemand::document &document,
      std::string_view text, const vflow_json_limits &limits, Table &table)
      : parser_(parser), document_(document), text_(text), limits_(limits), table_(table) {}

  void run();
  // Where the value or key being read begins.
  size_t offset() const { return static_cast<size_t>(at_ - text_.data()); }
  // RFC 6901, of the value being read.
  std::string pointer() const;

 private:
  using Value = simdjson::ondemand::value;

  struct Key {
    vflow_json_node text;
    const char *at;
  };

  // An open container.
  struct Step {
    bool is_object;
    bool is_inside;  // an object: in a member, not between two
    uint64_t index;  // of the element, or of the key in `keys_`
  };

  void value(Value &value);
  void array(Value &value);
  void element(Value &element, OpenArray &array);
  void object(Value &value);
  vflow_json_node literal(Value &value);
  vflow_json_node number(Value &value);
  double real(Value &value);
  double packed(Value &element, OpenArray &array);
  double real_again();
  vflow_json_node string(simdjson::ondemand::raw_json_string raw);
  void check_keys(size_t first);
  std::string_view text_of(const vflow_json_node &node) const;

  void begin(Value &value);
  void enter(bool is_object);
  // Throws if there was an error; the place is where the document stopped.
  void check(simdjson::error_code error);
  [[noreturn]] void unexpected() const;
  const char *location();

  simdjson::ondemand::parser &parser_;
  simdjson::ondemand::document &document_;
  const std::string_view text_;
  const vflow_json_limits limits_;
  Table &table_;
  std::vector<Step> path_;
  std::vector<Key> keys_;
  simdjson::dom::parser numbers_;
  const char *at_ = text_.data();
  std::string_view token_;  // from at_ to the next
};

}  // namespace vflow
