// The node table of one document and the stack machine that fills it.
#pragma once

#include "CSimdjson.h"
#include "number.hpp"

#include <cstdlib>
#include <new>
#include <string>
#include <vector>

namespace vflow {

// Thrown and caught inside this target only.
struct Refusal {
  vflow_json_status status;
  size_t offset;
};

// Packed numbers. Grown with realloc, which moves large blocks by remapping, not by copying.
class Doubles {
 public:
  Doubles() = default;
  Doubles(const Doubles &) = delete;
  Doubles &operator=(const Doubles &) = delete;
  ~Doubles() { std::free(data_); }

  size_t size() const { return size_; }
  double operator[](size_t index) const { return data_[index]; }
  void truncate(size_t size) { size_ = size; }
  void push(double value) {
    if (size_ == capacity_) grow(capacity_ < 64 ? 128 : capacity_ + capacity_ / 2);
    data_[size_++] = value;
  }
  // Hands the memory over, without slack.
  double *take() {
    if (size_ != 0) grow(size_);
    double *const taken = size_ == 0 ? nullptr : data_;
    if (taken != nullptr) data_ = nullptr;
    return taken;
  }

 private:
  void grow(size_t capacity) {
    void *const moved = std::realloc(data_, capacity * sizeof(double));
    if (moved == nullptr) throw std::bad_alloc();
    data_ = static_cast<double *>(moved);
    capacity_ = capacity;
  }

  double *data_ = nullptr;
  size_t size_ = 0, capacity_ = 0;
};

// What the elements of an open array have been so far.
enum class Elements : uint8_t {
  none,
  numbers,  // only numbers: they are in `doubles`, not in the table
  rows,     // packed arrays of one shape: only the first has a node
  mixed,    // anything else: all have nodes
};

// An open array or object.
struct Frame {
  bool is_object;
  Elements elements = Elements::none;
  bool integers = true;
  size_t node;     // of the container itself
  uint64_t count;  // elements or members begun
  size_t doubles, dims, keys;  // sizes of the three when the container was opened
};

// A key of an open object: where its node is, and where it was written.
struct Key {
  vflow_json_node text;
  size_t offset;
};

// Takes the tokens of a document in order and checks that they form one.
//
// Arrays of numbers never become nodes: numbers go to one block, and rows of one shape are folded
// into their parent, so that a tensor costs eight bytes per element and, while it is read, three
// nodes.
class Document {
 public:
  Document(const uint8_t *bytes, size_t length, vflow_json_limits limits)
      : bytes_(bytes), length_(length), limits_(limits) {}

  // Tokens that start at `offsets`, counted from `begin`; `is_last` if no others follow.
  void tokens(size_t begin, const uint32_t *offsets, size_t count, bool is_last);
  // Call after the last token.
  void finish() const;
  void hand_over(vflow_json_document &document);
  // RFC 6901, of the value being read.
  std::string pointer() const;

 private:
  enum class Expect : uint8_t {
    value, value_or_end, key_or_end, key, colon, comma_or_end, nothing,
  };

  void token(size_t offset, bool is_last);
  size_t run_of_numbers(size_t begin, const uint32_t *offsets, size_t index, size_t count);
  bool is_packing() const;

  void open(bool is_object, size_t offset);
  void close(bool is_object, size_t offset);
  void close_array(const Frame &frame, size_t offset);
  void comma(size_t offset);
  void key(size_t offset);
  void scalar(size_t offset, bool is_last);
  void number(size_t offset, bool is_last);
  void read(const char *text, const char *limit, size_t offset, Number &number) const;
  void add_number(const Number &number, const char *text, size_t offset);
  void pack(Frame &array, const Number &number, const char *text, size_t offset);
  void literal(size_t offset, const char *word, size_t size, vflow_json_kind kind);
  void end_value() { expect_ = stack_.empty() ? Expect::nothing : Expect::comma_or_end; }

  void push_node(const vflow_json_node &node, size_t offset);
  void prepare_for_node(size_t offset);
  void unpack_numbers(Frame &frame, size_t offset);
  void unpack_rows(Frame &frame, size_t at, size_t offset);
  bool has_shape_of(const vflow_json_node &a, const vflow_json_node &b) const;
  size_t element_count(const vflow_json_node &node) const;
  void check_keys(const Frame &frame);

  vflow_json_node string(size_t offset, size_t &end);
  size_t unescape(size_t offset, size_t from);
  size_t unescape_code_point(size_t offset);
  const uint8_t *text_of(const vflow_json_node &text) const;

  const uint8_t *const bytes_;
  const size_t length_;
  const vflow_json_limits limits_;
  Expect expect_ = Expect::value;
  std::vector<vflow_json_node> nodes_;
  std::vector<uint64_t> dims_;
  std::vector<Frame> stack_;
  std::vector<Key> keys_;
  std::string text_;
  Doubles doubles_;
};

}  // namespace vflow
