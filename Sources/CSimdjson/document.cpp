#include "document.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>

namespace vflow {
namespace {

// What may stand right behind a number or a word. A quote may not, and the scanner relies on that:
// it reports no token for the string in `1"a"`.
struct Delimiters {
  bool is[256] = {};
  constexpr Delimiters() {
    for (const char c : {' ', '\t', '\n', '\r', ',', ':', '[', ']', '{', '}'}) {
      is[static_cast<unsigned char>(c)] = true;
    }
  }
};
constexpr Delimiters delimiters;

vflow_json_node make_node(vflow_json_kind kind, uint64_t count = 0, uint64_t value = 0) {
  return {static_cast<uint8_t>(kind), false, 0, count, value};
}

vflow_json_node number_node(double value) {
  uint64_t bits;
  std::memcpy(&bits, &value, sizeof bits);
  return make_node(VFLOW_JSON_REAL, 0, bits);
}

vflow_json_node number_node(const Number &number) {
  if (!number.is_integer) return number_node(number.value);
  if (number.integer == 0 && number.value == 0 && std::signbit(number.value)) {
    return make_node(VFLOW_JSON_NEGATIVE_ZERO);
  }
  return make_node(VFLOW_JSON_INTEGER, 0, static_cast<uint64_t>(number.integer));
}

}  // namespace

void Document::tokens(size_t begin, const uint32_t *offsets, size_t count, bool is_last) {
  for (size_t index = 0; index < count;) {
    if (is_packing()) {
      const size_t next = run_of_numbers(begin, offsets, index, count);
      if (next != index) {
        index = next;
        continue;
      }
    }
    token(begin + offsets[index], is_last && index + 1 == count);
    ++index;
  }
}

// Whether the next token may join a packed array.
bool Document::is_packing() const {
  if (expect_ != Expect::value && expect_ != Expect::value_or_end) return false;
  if (stack_.empty() || stack_.back().is_object) return false;
  return stack_.back().elements == Elements::none || stack_.back().elements == Elements::numbers;
}

// Takes numbers and the commas behind them, which is nearly all of a tensor; returns the index of
// the first token that is neither. The last token of the window is left to `token`.
size_t Document::run_of_numbers(
    size_t begin, const uint32_t *offsets, size_t index, size_t count) {
  Frame &array = stack_.back();
  const uint8_t *const window = bytes_ + begin;
  const char *const limit = reinterpret_cast<const char *>(bytes_ + length_);
  while (index + 1 < count) {
    const uint32_t offset = offsets[index];
    const uint8_t first = window[offset];
    if (first != '-' && (first < '0' || first > '9')) break;
    const char *const text = reinterpret_cast<const char *>(window + offset);
    Number number;
    read(text, limit, begin + offset, number);
    array.elements = Elements::numbers;
    pack(array, number, text, begin + offset);
    expect_ = Expect::comma_or_end;
    if (window[offsets[++index]] != ',') break;
    expect_ = Expect::value;
    ++index;
  }
  return index;
}

void Document::token(size_t offset, bool is_last) {
  switch (expect_) {
    case Expect::comma_or_end:
      switch (bytes_[offset]) {
        case ',': return comma(offset);
        case ']': return close(false, offset);
        case '}': return close(true, offset);
        default: throw Refusal{VFLOW_JSON_UNEXPECTED_TOKEN, offset};
      }
    case Expect::value_or_end:
      if (bytes_[offset] == ']') return close(false, offset);
      [[fallthrough]];
    case Expect::value:
      if (bytes_[offset] == '[') return open(false, offset);
      if (bytes_[offset] == '{') return open(true, offset);
      return scalar(offset, is_last);
    case Expect::key_or_end:
      if (bytes_[offset] == '}') return close(true, offset);
      [[fallthrough]];
    case Expect::key:
      return key(offset);
    case Expect::colon:
      if (bytes_[offset] != ':') throw Refusal{VFLOW_JSON_UNEXPECTED_TOKEN, offset};
      expect_ = Expect::value;
      return;
    case Expect::nothing:
      throw Refusal{VFLOW_JSON_TRAILING_CONTENT, offset};
  }
}

void Document::finish() const {
  if (expect_ == Expect::nothing) return;
  throw Refusal{nodes_.empty() ? VFLOW_JSON_EMPTY : VFLOW_JSON_UNEXPECTED_END, length_};
}

// Containers

void Document::open(bool is_object, size_t offset) {
  if (stack_.size() >= limits_.depth) throw Refusal{VFLOW_JSON_TOO_DEEP, offset};
  if (is_object) {
    prepare_for_node(offset);
  } else if (!stack_.empty() && stack_.back().elements == Elements::numbers) {
    unpack_numbers(stack_.back(), offset);
  }
  Frame frame{};
  frame.is_object = is_object;
  frame.node = nodes_.size();
  frame.doubles = doubles_.size();
  frame.dims = dims_.size();
  frame.keys = keys_.size();
  frame.integers = true;
  push_node(make_node(is_object ? VFLOW_JSON_OBJECT : VFLOW_JSON_ARRAY), offset);
  if (!stack_.empty() && !stack_.back().is_object) ++stack_.back().count;
  stack_.push_back(frame);
  expect_ = is_object ? Expect::key_or_end : Expect::value_or_end;
}

void Document::close(bool is_object, size_t offset) {
  if (stack_.empty() || stack_.back().is_object != is_object) {
    throw Refusal{VFLOW_JSON_UNEXPECTED_TOKEN, offset};
  }
  if (is_object) check_keys(stack_.back());
  const Frame frame = stack_.back();
  stack_.pop_back();
  if (is_object) {
    nodes_[frame.node].count = frame.count;
    keys_.resize(frame.keys);
  } else {
    close_array(frame, offset);
  }
  end_value();
}

void Document::close_array(const Frame &frame, size_t offset) {
  vflow_json_node &node = nodes_[frame.node];
  node.count = frame.count;
  if (frame.elements == Elements::numbers || frame.elements == Elements::rows) {
    node.kind = VFLOW_JSON_NUMBERS;
    node.integers = frame.integers;
    node.value = frame.doubles;
    node.rank = 1;
  }
  if (frame.elements == Elements::rows) {
    const vflow_json_node row = nodes_[frame.node + 1];
    nodes_.resize(frame.node + 1);
    std::vector<uint64_t> shape{frame.count};
    if (row.rank == 1) {
      shape.push_back(row.count);
    } else {
      const auto first = dims_.begin() + static_cast<ptrdiff_t>(row.count);
      shape.insert(shape.end(), first, first + row.rank);
    }
    dims_.resize(frame.dims);
    nodes_[frame.node].rank = static_cast<uint16_t>(shape.size());
    nodes_[frame.node].count = dims_.size();
    dims_.insert(dims_.end(), shape.begin(), shape.end());
  }
  if (stack_.empty() || stack_.back().is_object) return;
  Frame &parent = stack_.back();
  const vflow_json_node child = nodes_[frame.node];
  const bool is_packed = child.kind == VFLOW_JSON_NUMBERS;
  switch (parent.elements) {
    case Elements::none:
      parent.elements = is_packed ? Elements::rows : Elements::mixed;
      parent.integers = parent.integers && child.integers;
      return;
    case Elements::rows:
      if (is_packed && has_shape_of(child, nodes_[parent.node + 1])) {
        parent.integers = parent.integers && child.integers;
        nodes_.resize(frame.node);
        dims_.resize(frame.dims);
      } else {
        unpack_rows(parent, frame.node, offset);
      }
      return;
    case Elements::numbers:
    case Elements::mixed:
      return;
  }
}

void Document::comma(size_t offset) {
  if (stack_.empty()) throw Refusal{VFLOW_JSON_UNEXPECTED_TOKEN, offset};
  expect_ = stack_.back().is_object ? Expect::key : Expect::value;
}

void Document::key(size_t offset) {
  if (bytes_[offset] != '"') throw Refusal{VFLOW_JSON_UNEXPECTED_TOKEN, offset};
  size_t end;
  const vflow_json_node text = string(offset, end);
  push_node(text, offset);
  keys_.push_back({text, offset});
  ++stack_.back().count;
  expect_ = Expect::colon;
}

// Scalars

void Document::scalar(size_t offset, bool is_last) {
  switch (bytes_[offset]) {
    case '"': {
      prepare_for_node(offset);
      size_t end;
      const vflow_json_node text = string(offset, end);
      push_node(text, offset);
      break;
    }
    case 't': literal(offset, "true", 4, VFLOW_JSON_TRUE); break;
    case 'f': literal(offset, "false", 5, VFLOW_JSON_FALSE); break;
    case 'n': literal(offset, "null", 4, VFLOW_JSON_NULL); break;
    default: return number(offset, is_last);
  }
  if (!stack_.empty() && !stack_.back().is_object) ++stack_.back().count;
  end_value();
}

void Document::literal(size_t offset, const char *word, size_t size, vflow_json_kind kind) {
  if (length_ - offset < size || std::memcmp(bytes_ + offset, word, size) != 0 ||
      (length_ - offset > size && !delimiters.is[bytes_[offset + size]])) {
    throw Refusal{VFLOW_JSON_UNEXPECTED_TOKEN, offset};
  }
  prepare_for_node(offset);
  push_node(make_node(kind), offset);
}

void Document::number(size_t offset, bool is_last) {
  const uint8_t first = bytes_[offset];
  if (first != '-' && (first < '0' || first > '9')) {
    throw Refusal{VFLOW_JSON_UNEXPECTED_TOKEN, offset};
  }
  Number number;
  const char *text = reinterpret_cast<const char *>(bytes_ + offset);
  const char *limit = reinterpret_cast<const char *>(bytes_ + length_);
  // A number that may end the document is read from a copy, which ends in a zero byte.
  std::string copy;
  if (is_last) {
    copy.assign(text, length_ - offset);
    text = copy.c_str();
    limit = text + copy.size();
  }
  read(text, limit, offset, number);
  add_number(number, text, offset);
  end_value();
}

void Document::read(
    const char *text, const char *limit, size_t offset, Number &number) const {
  const NumberFault fault = read_number(text, limit, number);
  if (fault == NumberFault::overflow) throw Refusal{VFLOW_JSON_NUMBER_OVERFLOW, offset};
  if (fault == NumberFault::grammar ||
      (number.end != limit && !delimiters.is[static_cast<uint8_t>(*number.end)])) {
    throw Refusal{VFLOW_JSON_INVALID_NUMBER, offset};
  }
}

void Document::add_number(const Number &number, const char *text, size_t offset) {
  if (stack_.empty() || stack_.back().is_object) return push_node(number_node(number), offset);
  Frame &array = stack_.back();
  if (array.elements == Elements::none) array.elements = Elements::numbers;
  if (array.elements == Elements::rows) unpack_rows(array, nodes_.size(), offset);
  if (array.elements == Elements::numbers) return pack(array, number, text, offset);
  push_node(number_node(number), offset);
  ++array.count;
}

void Document::pack(Frame &array, const Number &number, const char *text, size_t offset) {
  if (doubles_.size() >= limits_.elements) throw Refusal{VFLOW_JSON_TOO_MANY_ELEMENTS, offset};
  doubles_.push(value_for_narrowing(text, number));
  ++array.count;
  constexpr int64_t largest = int64_t{1} << 53;
  array.integers = array.integers && number.is_integer && number.integer <= largest &&
                   number.integer >= -largest && !(number.integer == 0 && *text == '-');
}

// Nodes

void Document::push_node(const vflow_json_node &node, size_t offset) {
  if (nodes_.size() >= limits_.values) throw Refusal{VFLOW_JSON_TOO_MANY_VALUES, offset};
  nodes_.push_back(node);
}

// A value that is neither a number nor an array is about to join the open container.
void Document::prepare_for_node(size_t offset) {
  if (stack_.empty() || stack_.back().is_object) return;
  Frame &array = stack_.back();
  if (array.elements == Elements::numbers) unpack_numbers(array, offset);
  if (array.elements == Elements::rows) unpack_rows(array, nodes_.size(), offset);
  array.elements = Elements::mixed;
}

void Document::unpack_numbers(Frame &frame, size_t offset) {
  constexpr double largest = 9007199254740992.0;
  for (size_t index = frame.doubles; index < doubles_.size(); ++index) {
    const double value = doubles_[index];
    const bool is_integer = value >= -largest && value <= largest &&
                            static_cast<double>(static_cast<int64_t>(value)) == value;
    const auto integer = is_integer ? static_cast<int64_t>(value) : 0;
    push_node(number_node(Number{value, integer, is_integer, true, nullptr}), offset);
  }
  doubles_.truncate(frame.doubles);
  frame.elements = Elements::mixed;
}

// Gives every row but the first, which has one, the node that it was spared; `at` is where the
// nodes of the element after the rows begin. An array comes here once at most.
void Document::unpack_rows(Frame &frame, size_t at, size_t offset) {
  vflow_json_node row = nodes_[frame.node + 1];
  const size_t size = element_count(row);
  // count includes the element that ends the run if that is an array, but not if it is a scalar.
  const size_t rows = at == nodes_.size() ? frame.count : frame.count - 1;
  if (rows - 1 > limits_.values - std::min(limits_.values, nodes_.size())) {
    throw Refusal{VFLOW_JSON_TOO_MANY_VALUES, offset};
  }
  std::vector<vflow_json_node> spared(rows - 1, row);
  for (size_t index = 0; index < spared.size(); ++index) spared[index].value += (index + 1) * size;
  nodes_.insert(nodes_.begin() + static_cast<ptrdiff_t>(at), spared.begin(), spared.end());
  frame.elements = Elements::mixed;
}

size_t Document::element_count(const vflow_json_node &node) const {
  if (node.rank == 1) return node.count;
  size_t product = 1;
  for (size_t axis = 0; axis < node.rank; ++axis) product *= dims_[node.count + axis];
  return product;
}

bool Document::has_shape_of(const vflow_json_node &a, const vflow_json_node &b) const {
  if (a.rank != b.rank) return false;
  if (a.rank == 1) return a.count == b.count;
  return std::memcmp(&dims_[a.count], &dims_[b.count], a.rank * sizeof dims_[0]) == 0;
}

void Document::hand_over(vflow_json_document &document) {
  document.nodes = nodes_.data();
  document.node_count = nodes_.size();
  document.dims = dims_.data();
  document.text = text_.data();
  document.double_count = doubles_.size();
  document.doubles = doubles_.take();
}

}  // namespace vflow
