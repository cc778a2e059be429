#include "walk.hpp"

#include "narrowing.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstring>

namespace vflow {
namespace {

inline bool begins_number(char c) { return c == '-' || (c >= '0' && c <= '9'); }

// Of a number that simdjson took.
bool is_written_as_integer(std::string_view number) {
  return number.find_first_of(".eE") == number.npos;
}

// A token reaches up to the next one.
std::string_view trimmed(std::string_view token) {
  return token.substr(0, token.find_last_not_of(" \t\r\n") + 1);
}

// simdjson 3.0 counts the digits of 0.00123 wrongly in get_double, and so overflows on more than
// 19 that matter instead of taking its slow and exact path.
inline bool is_doubtful(std::string_view token) {
  constexpr size_t fitting = 19, lead = 2;
  if (simdjson_likely(token.size() <= fitting + lead) || token[token[0] == '-'] != '0') return false;
  const std::string_view number = trimmed(token);
  const size_t first = number.find_first_not_of("-0.");
  return first != number.npos && number.size() - first > fitting;
}

// The rounded value does not tell 2^53 from the integer behind it.
bool fits_53_bits(simdjson::ondemand::value &integer, double rounded) {
  constexpr double largest = 9007199254740992.0;
  if (std::fabs(rounded) != largest) return std::fabs(rounded) < largest;
  int64_t value;
  return integer.get_int64().get(value) == simdjson::SUCCESS &&
         static_cast<double>(value > 0 ? value - 1 : value + 1) != rounded;
}

}  // namespace

simdjson_inline void Walk::begin(Value &value) {
  token_ = value.raw_json_token();
  at_ = token_.data();
}

void Walk::run() {
  simdjson::ondemand::array brackets;
  check(document_.get_array().get(brackets));
  auto it = brackets.begin().value_unsafe();
  const auto end = brackets.end().value_unsafe();
  at_ = text_.data();
  if (it == end) {
    const size_t first = text_.find_first_not_of(" \t\r\n");
    at_ += std::min(first, text_.size());
    if (first == text_.npos) throw Refusal{VFLOW_JSON_EMPTY};
    unexpected();
  }
  Value root;
  check((*it).get(root));
  begin(root);
  value(root);
  const char *const behind = location();
  ++it;
  const char *unused;
  if (it == end && document_.current_location().get(unused) == simdjson::OUT_OF_BOUNDS) return;
  at_ = behind;
  // Without its own last bracket, a container takes the one put around the document.
  if (offset() == text_.size()) throw Refusal{VFLOW_JSON_UNEXPECTED_END};
  throw Refusal{VFLOW_JSON_TRAILING_CONTENT};
}

// Values

void Walk::value(Value &value) {
  switch (*at_) {
    case '[': return array(value);
    case '{': return object(value);
    case '"': {
      simdjson::ondemand::raw_json_string raw;
      check(value.get_raw_json_string().get(raw));
      table_.add(string(raw));
      return;
    }
    default:
      table_.add(begins_number(*at_) ? number(value) : literal(value));
  }
}

vflow_json_node Walk::literal(Value &value) {
  bool result = false;
  if (*at_ == 'n') {
    if (value.is_null().get(result) != simdjson::SUCCESS || !result) unexpected();
    return make_node(VFLOW_JSON_NULL);
  }
  if (value.get_bool().get(result) != simdjson::SUCCESS) unexpected();
  return make_node(result ? VFLOW_JSON_TRUE : VFLOW_JSON_FALSE);
}

simdjson_inline double Walk::real(Value &value) {
  double result;
  if (simdjson_unlikely(value.get_double().get(result) != simdjson::SUCCESS)) return real_again();
  return simdjson_unlikely(is_doubtful(token_)) ? real_again() : result;
}

simdjson_inline double Walk::packed(Value &element, OpenArray &array) {
  const double result = real(element);
  array.integers = array.integers && is_written_as_integer(token_) &&
                   fits_53_bits(element, result) && !(result == 0 && *at_ == '-');
  return array.integers ? result : value_for_narrowing(token_, result);
}

vflow_json_node Walk::number(Value &value) {
  int64_t integer;
  if (is_written_as_integer(token_) && value.get_int64().get(integer) == simdjson::SUCCESS) {
    return integer_node(integer, *at_ == '-');
  }
  return real_node(real(value));
}

// By the parser of simdjson's other API, which is slower to set up, counts right, and takes
// exponents of any length.
double Walk::real_again() {
  double value;
  const std::string_view text = trimmed(token_);
  if (numbers_.parse(text.data(), text.size()).get_double().get(value) == simdjson::SUCCESS) {
    return value;
  }
  const char *const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, value);
  const bool is_number = stop == end && error == std::errc::result_out_of_range;
  throw Refusal{is_number ? VFLOW_JSON_NUMBER_OVERFLOW : VFLOW_JSON_INVALID_NUMBER};
}

// Strings without escapes stay where they are.
vflow_json_node Walk::string(simdjson::ondemand::raw_json_string raw) {
  const char *const start = raw.raw();
  // The first stage has seen that every string is closed.
  const size_t rest = static_cast<size_t>(text_.data() + text_.size() - start);
  const char *end = static_cast<const char *>(std::memchr(start, '"', rest));
  if (std::memchr(start, '\\', static_cast<size_t>(end - start)) == nullptr) {
    return make_node(
        VFLOW_JSON_TEXT, static_cast<uint64_t>(end - start),
        static_cast<uint64_t>(start - text_.data()));
  }
  for (end = start; *end != '"'; ++end) end += *end == '\\';
  std::string &text = table_.text();
  const size_t size = text.size();
  // simdjson writes whole blocks.
  text.resize(size + static_cast<size_t>(end - start) + simdjson::SIMDJSON_PADDING);
  auto *destination = reinterpret_cast<uint8_t *>(&text[size]);
  std::string_view unescaped;
  if (parser_.unescape(raw, destination).get(unescaped) != simdjson::SUCCESS) {
    throw Refusal{VFLOW_JSON_INVALID_ESCAPE};
  }
  text.resize(size + unescaped.size());
  return make_node(VFLOW_JSON_UNESCAPED_TEXT, unescaped.size(), size);
}

// Containers

void Walk::enter(bool is_object) {
  if (path_.size() >= limits_.depth) throw Refusal{VFLOW_JSON_TOO_DEEP};
  path_.push_back({is_object, false, 0});
}

void Walk::array(Value &value) {
  enter(false);
  OpenArray array = table_.open_array();
  simdjson::ondemand::array elements;
  check(value.get_array().get(elements));
  for (auto result : elements) {
    Value child;
    check(std::move(result).get(child));
    begin(child);
    if (begins_number(*at_) && array.may_pack()) {
      table_.pack(array, packed(child, array));
    } else {
      element(child, array);
    }
    path_.back().index = ++array.count;
  }
  table_.close_array(array);
  path_.pop_back();
}

void Walk::element(Value &element, OpenArray &array) {
  if (*at_ == '[') {
    table_.prepare_for_array(array);
    const size_t node = table_.size();
    this->array(element);
    table_.join(array, node);
  } else {
    table_.prepare_for_node(array);
    value(element);
  }
}

void Walk::object(Value &value) {
  enter(true);
  const size_t node = table_.add(make_node(VFLOW_JSON_OBJECT));
  const size_t first = keys_.size();
  simdjson::ondemand::object members;
  check(value.get_object().get(members));
  for (auto result : members) {
    simdjson::ondemand::field member;
    check(std::move(result).get(member));
    at_ = member.key().raw() - 1;
    const vflow_json_node key = string(member.key());
    table_.add(key);
    keys_.push_back({key, at_});
    path_.back() = {true, true, keys_.size() - 1};
    begin(member.value());
    this->value(member.value());
    path_.back().is_inside = false;
  }
  table_.set_count(node, keys_.size() - first);
  check_keys(first);
  keys_.resize(first);
  path_.pop_back();
}

// Sorting bounds the work by n log n whatever keys an attacker picks; hashing would not.
void Walk::check_keys(size_t first) {
  const auto begin = keys_.begin() + static_cast<ptrdiff_t>(first);
  std::sort(begin, keys_.end(), [this](const Key &a, const Key &b) {
    if (a.text.count != b.text.count) return a.text.count < b.text.count;
    const int order = text_of(a.text).compare(text_of(b.text));
    return order != 0 ? order < 0 : a.at < b.at;
  });
  const auto is_same = [this](const Key &a, const Key &b) {
    return a.text.count == b.text.count && text_of(a.text) == text_of(b.text);
  };
  const Key *duplicate = nullptr;
  for (auto key = begin; key != keys_.end() && key + 1 != keys_.end(); ++key) {
    const Key &next = *(key + 1);
    if (is_same(*key, next) && (duplicate == nullptr || next.at < duplicate->at)) duplicate = &next;
  }
  if (duplicate == nullptr) return;
  at_ = duplicate->at;
  path_.back() = {true, true, static_cast<size_t>(duplicate - keys_.data())};
  throw Refusal{VFLOW_JSON_DUPLICATE_KEY};
}

std::string_view Walk::text_of(const vflow_json_node &node) const {
  const bool is_source = node.kind == VFLOW_JSON_TEXT;
  return (is_source ? text_ : std::string_view(table_.text())).substr(node.value, node.count);
}

// Errors

void Walk::check(simdjson::error_code error) {
  if (simdjson_likely(error == simdjson::SUCCESS)) return;
  if (error == simdjson::MEMALLOC) throw std::bad_alloc();
  at_ = location();
  unexpected();
}

void Walk::unexpected() const {
  const bool is_end = offset() >= text_.size();
  throw Refusal{is_end ? VFLOW_JSON_UNEXPECTED_END : VFLOW_JSON_UNEXPECTED_TOKEN};
}

// At the token that an error is about, or else the one to come; no further than the end.
const char *Walk::location() {
  const char *const end = text_.data() + text_.size();
  const char *place;
  if (document_.current_location().get(place) != simdjson::SUCCESS) return end;
  return std::clamp(place, text_.data(), end);
}

std::string Walk::pointer() const {
  constexpr size_t longest = 4096;
  std::string pointer;
  for (const Step &step : path_) {
    std::string part = "/";
    if (step.is_object) {
      if (!step.is_inside) break;
      const std::string_view key = text_of(keys_[step.index].text);
      if (key.size() > longest) break;
      for (const char c : key) {
        if (c == '~') part += "~0";
        else if (c == '/') part += "~1";
        else part += c;
      }
    } else {
      part += std::to_string(step.index);
    }
    if (pointer.size() + part.size() > longest) break;
    pointer += part;
  }
  return pointer;
}

}  // namespace vflow
