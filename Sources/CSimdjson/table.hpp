// The node table of one document.
#pragma once

#include "CSimdjson.h"

#include <cstdlib>
#include <new>
#include <string>
#include <vector>

namespace vflow {

// Why a document is refused; thrown and caught inside this target only. The walk knows where.
struct Refusal {
  vflow_json_status status;
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
  numbers,  // only numbers: they are in the block, not in the table
  rows,     // packed arrays of one shape: only the first has a node
  mixed,    // anything else: all have nodes
};

// An array whose end has not been seen.
struct OpenArray {
  size_t node, doubles, dims;  // its own node, and the sizes of the other two before it
  uint64_t count = 0;
  Elements elements = Elements::none;
  bool integers = true;

  bool may_pack() const { return elements == Elements::none || elements == Elements::numbers; }
};

vflow_json_node make_node(vflow_json_kind kind, uint64_t count = 0, uint64_t value = 0);
vflow_json_node real_node(double value);
vflow_json_node integer_node(int64_t value, bool is_negative);

// Arrays of numbers never become nodes: numbers go to one block, and rows of one shape are folded
// into their parent, so that a tensor costs eight bytes per element and, while it is read, three
// nodes.
class Table {
 public:
  explicit Table(const vflow_json_limits &limits) : limits_(limits) { nodes_.reserve(32); }

  size_t add(const vflow_json_node &node) {
    if (nodes_.size() >= limits_.values) throw Refusal{VFLOW_JSON_TOO_MANY_VALUES};
    nodes_.push_back(node);
    return nodes_.size() - 1;
  }
  size_t size() const { return nodes_.size(); }
  void set_count(size_t node, uint64_t count) { nodes_[node].count = count; }
  std::string &text() { return text_; }

  OpenArray open_array();
  void close_array(const OpenArray &array);
  // Adds a number to an array that may be packed.
  void pack(OpenArray &array, double value) {
    if (doubles_.size() >= limits_.elements) throw Refusal{VFLOW_JSON_TOO_MANY_ELEMENTS};
    doubles_.push(value);
    array.elements = Elements::numbers;
  }
  // Call before an array joins `array`, then `join` once it is closed.
  void prepare_for_array(OpenArray &array);
  void join(OpenArray &array, size_t child);
  // Call before anything else joins.
  void prepare_for_node(OpenArray &array);

  void hand_over(vflow_json_document &document);

 private:
  void unpack_numbers(OpenArray &array);
  void unpack_rows(OpenArray &array, size_t at);
  bool has_shape_of(const vflow_json_node &a, const vflow_json_node &b) const;
  size_t element_count(const vflow_json_node &node) const;

  const vflow_json_limits limits_;
  std::vector<vflow_json_node> nodes_;
  std::vector<uint64_t> dims_;
  std::string text_;
  Doubles doubles_;
};

}  // namespace vflow
