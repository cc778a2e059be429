#include "document.hpp"

#include <algorithm>
#include <cstring>

// The keys of open objects: none twice, and the pointer to what is being read.

namespace vflow {

// Sorting bounds the work by n log n whatever keys an attacker picks; hashing would not.
void Document::check_keys(const Frame &frame) {
  const auto first = keys_.begin() + static_cast<ptrdiff_t>(frame.keys);
  const auto order = [this](const Key &a, const Key &b) {
    if (a.text.count != b.text.count) return a.text.count < b.text.count;
    const int bytes = std::memcmp(text_of(a.text), text_of(b.text), a.text.count);
    return bytes != 0 ? bytes < 0 : a.offset < b.offset;
  };
  std::sort(first, keys_.end(), order);
  const Key *duplicate = nullptr;
  for (auto key = first; key != keys_.end() && key + 1 != keys_.end(); ++key) {
    const Key &next = *(key + 1);
    if (key->text.count != next.text.count ||
        std::memcmp(text_of(key->text), text_of(next.text), next.text.count) != 0) {
      continue;
    }
    if (duplicate == nullptr || next.offset < duplicate->offset) duplicate = &next;
  }
  if (duplicate == nullptr) return;
  const size_t offset = duplicate->offset;
  // The pointer names the last key of the frame.
  std::swap(keys_.back(), keys_[static_cast<size_t>(duplicate - keys_.data())]);
  throw Refusal{VFLOW_JSON_DUPLICATE_KEY, offset};
}

const uint8_t *Document::text_of(const vflow_json_node &text) const {
  if (text.kind == VFLOW_JSON_TEXT) return bytes_ + text.value;
  return reinterpret_cast<const uint8_t *>(text_.data()) + text.value;
}

std::string Document::pointer() const {
  constexpr size_t longest = 4096;
  std::string pointer;
  for (size_t depth = 0; depth < stack_.size(); ++depth) {
    const Frame &frame = stack_[depth];
    std::string step = "/";
    if (frame.is_object) {
      // The key being read is the last one before the next container opened.
      const size_t next = depth + 1 < stack_.size() ? stack_[depth + 1].keys : keys_.size();
      if (next == frame.keys || expect_ == Expect::key) break;
      const Key &key = keys_[next - 1];
      if (key.text.count > longest) break;
      for (size_t index = 0; index < key.text.count; ++index) {
        const char c = static_cast<char>(text_of(key.text)[index]);
        if (c == '~') step += "~0";
        else if (c == '/') step += "~1";
        else step += c;
      }
    } else {
      const bool is_inside = depth + 1 < stack_.size();
      step += std::to_string(is_inside && frame.count > 0 ? frame.count - 1 : frame.count);
    }
    if (pointer.size() + step.size() > longest) break;
    pointer += step;
  }
  return pointer;
}

}  // namespace vflow
