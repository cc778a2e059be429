// toml++ throws nothing in this mode: a fault of the document is a value like its table.
#define TOML_EXCEPTIONS 0
#define TOML_ENABLE_FORMATTERS 0
#include <toml++/toml.h>

#include "CTOML.h"

#include <algorithm>
#include <cstring>
#include <new>
#include <string>
#include <string_view>
#include <vector>

namespace {

// What a document's pointers point into.
struct Owner {
  std::vector<vflow_toml_node> nodes;
  std::string text;
};

uint64_t bits(double value) {
  uint64_t result;
  std::memcpy(&result, &value, sizeof result);
  return result;
}

class Flattener {
 public:
  explicit Flattener(Owner &owner) : owner_(owner) {}

  void append(const toml::node &node, std::string_view key, uint32_t line) {
    const size_t index = owner_.nodes.size();
    owner_.nodes.push_back({0, 0, VFLOW_TOML_MOMENT, line, keep(key), key.size()});
    if (const auto *table = node.as_table()) {
      set(index, VFLOW_TOML_TABLE, 0, table->size());
      members(*table);
    } else if (const auto *array = node.as_array()) {
      set(index, VFLOW_TOML_ARRAY, 0, array->size());
      for (const auto &element : *array) append(element, {}, element.source().begin.line);
    } else if (const auto *text = node.as_string()) {
      set(index, VFLOW_TOML_TEXT, keep(text->get()), text->get().size());
    } else if (const auto *integer = node.as_integer()) {
      set(index, VFLOW_TOML_INTEGER, static_cast<uint64_t>(integer->get()), 0);
    } else if (const auto *real = node.as_floating_point()) {
      set(index, VFLOW_TOML_REAL, bits(real->get()), 0);
    } else if (const auto *boolean = node.as_boolean()) {
      set(index, VFLOW_TOML_BOOLEAN, boolean->get() ? 1 : 0, 0);
    }
  }

 private:
  struct Member {
    const toml::key *key;
    const toml::node *node;
  };

  void members(const toml::table &table) {
    std::vector<Member> members;
    for (auto it = table.cbegin(); it != table.cend(); ++it)
      members.push_back({&it->first, &it->second});
    std::stable_sort(members.begin(), members.end(), [](const Member &a, const Member &b) {
      return a.key->source().begin < b.key->source().begin;
    });
    for (const Member &member : members)
      append(*member.node, member.key->str(), member.key->source().begin.line);
  }

  void set(size_t index, vflow_toml_kind kind, uint64_t value, uint64_t count) {
    owner_.nodes[index].kind = kind;
    owner_.nodes[index].value = value;
    owner_.nodes[index].count = count;
  }

  size_t keep(std::string_view text) {
    const size_t offset = owner_.text.size();
    owner_.text.append(text);
    return offset;
  }

  Owner &owner_;
};

void parse(std::string_view source, Owner &owner, vflow_toml_document &document) {
  const toml::parse_result result = toml::parse(source);
  if (result) {
    Flattener(owner).append(result.table(), {}, 1);
    return;
  }
  owner.text = result.error().description();
  document.error_line = result.error().source().begin.line;
  document.status = VFLOW_TOML_SYNTAX;
}

}  // namespace

void vflow_toml_parse(const uint8_t *bytes, size_t length, vflow_toml_document *document) {
  *document = {};
  Owner *const owner = new (std::nothrow) Owner;
  document->owner = owner;
  document->status = owner ? VFLOW_TOML_OK : VFLOW_TOML_OUT_OF_MEMORY;
  if (!owner) return;
  try {
    const char *const text = length == 0 ? "" : reinterpret_cast<const char *>(bytes);
    parse(std::string_view(text, length), *owner, *document);
  } catch (...) {
    // Only memory can run out here; what was kept so far is not a document.
    document->status = VFLOW_TOML_OUT_OF_MEMORY;
    return;
  }
  document->nodes = owner->nodes.data();
  document->node_count = owner->nodes.size();
  document->text = owner->text.data();
  document->text_length = owner->text.size();
}

void vflow_toml_release(vflow_toml_document *document) {
  delete static_cast<Owner *>(document->owner);
  *document = {};
}
