#include "table.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>

namespace vflow {

vflow_json_node make_node(vflow_json_kind kind, uint64_t count, uint64_t value) {
  return {static_cast<uint8_t>(kind), false, 0, count, value};
}

vflow_json_node real_node(double value) {
  uint64_t bits;
  std::memcpy(&bits, &value, sizeof bits);
  return make_node(VFLOW_JSON_REAL, 0, bits);
}

vflow_json_node integer_node(int64_t value, bool is_negative) {
  if (value == 0 && is_negative) return make_node(VFLOW_JSON_NEGATIVE_ZERO);
  return make_node(VFLOW_JSON_INTEGER, 0, static_cast<uint64_t>(value));
}

OpenArray Table::open_array() {
  OpenArray array{};
  array.doubles = doubles_.size();
  array.dims = dims_.size();
  array.node = add(make_node(VFLOW_JSON_ARRAY));
  return array;
}

void Table::close_array(const OpenArray &array) {
  vflow_json_node &node = nodes_[array.node];
  node.count = array.count;
  if (array.elements != Elements::numbers && array.elements != Elements::rows) return;
  node.kind = VFLOW_JSON_NUMBERS;
  node.integers = array.integers;
  node.value = array.doubles;
  node.rank = 1;
  if (array.elements == Elements::numbers) return;
  const vflow_json_node row = nodes_[array.node + 1];
  nodes_.resize(array.node + 1);
  std::vector<uint64_t> shape{array.count};
  if (row.rank == 1) {
    shape.push_back(row.count);
  } else {
    const auto first = dims_.begin() + static_cast<ptrdiff_t>(row.count);
    shape.insert(shape.end(), first, first + row.rank);
  }
  dims_.resize(array.dims);
  node.rank = static_cast<uint16_t>(shape.size());
  node.count = dims_.size();
  dims_.insert(dims_.end(), shape.begin(), shape.end());
}

void Table::prepare_for_array(OpenArray &array) {
  if (array.elements == Elements::numbers) unpack_numbers(array);
}

void Table::join(OpenArray &array, size_t child) {
  const vflow_json_node node = nodes_[child];
  const bool is_packed = node.kind == VFLOW_JSON_NUMBERS;
  if (array.elements == Elements::none) {
    array.elements = is_packed ? Elements::rows : Elements::mixed;
    array.integers = node.integers;
  } else if (array.elements == Elements::rows) {
    if (!is_packed || !has_shape_of(node, nodes_[array.node + 1])) return unpack_rows(array, child);
    array.integers = array.integers && node.integers;
    if (node.rank > 1) dims_.resize(node.count);
    nodes_.resize(child);
  }
}

void Table::prepare_for_node(OpenArray &array) {
  if (array.elements == Elements::numbers) unpack_numbers(array);
  if (array.elements == Elements::rows) unpack_rows(array, nodes_.size());
  array.elements = Elements::mixed;
}

void Table::unpack_numbers(OpenArray &array) {
  constexpr double largest = 9007199254740992.0;
  for (size_t index = array.doubles; index < doubles_.size(); ++index) {
    const double value = doubles_[index];
    const bool is_integer = std::fabs(value) <= largest && std::trunc(value) == value;
    add(is_integer ? integer_node(static_cast<int64_t>(value), std::signbit(value))
                   : real_node(value));
  }
  doubles_.truncate(array.doubles);
  array.elements = Elements::mixed;
}

// Gives every row but the first, which has one, the node that it was spared; `at` is where the
// nodes of the element after the rows begin. An array comes here once at most.
void Table::unpack_rows(OpenArray &array, size_t at) {
  vflow_json_node row = nodes_[array.node + 1];
  const size_t size = element_count(row);
  const size_t spared = static_cast<size_t>(array.count) - 1;
  if (spared > limits_.values - std::min(limits_.values, nodes_.size())) {
    throw Refusal{VFLOW_JSON_TOO_MANY_VALUES};
  }
  // Which of the rows were not of integers only was not kept.
  row.integers = array.integers;
  std::vector<vflow_json_node> rows(spared, row);
  for (size_t index = 0; index < spared; ++index) rows[index].value += (index + 1) * size;
  nodes_.insert(nodes_.begin() + static_cast<ptrdiff_t>(at), rows.begin(), rows.end());
  array.elements = Elements::mixed;
}

size_t Table::element_count(const vflow_json_node &node) const {
  if (node.rank == 1) return node.count;
  size_t product = 1;
  for (size_t axis = 0; axis < node.rank; ++axis) product *= dims_[node.count + axis];
  return product;
}

bool Table::has_shape_of(const vflow_json_node &a, const vflow_json_node &b) const {
  if (a.rank != b.rank) return false;
  if (a.rank == 1) return a.count == b.count;
  return std::memcmp(&dims_[a.count], &dims_[b.count], a.rank * sizeof dims_[0]) == 0;
}

void Table::hand_over(vflow_json_document &document) {
  document.nodes = nodes_.data();
  document.node_count = nodes_.size();
  document.dims = dims_.data();
  document.text = text_.data();
  document.double_count = doubles_.size();
  document.doubles = doubles_.take();
}

}  // namespace vflow
