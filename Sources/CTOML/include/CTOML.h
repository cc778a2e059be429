// TOML 1.0 files, read by toml++ behind a C interface.
// No function throws, keeps state between calls, or reads past the bytes it is given.
#ifndef CTOML_H
#define CTOML_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef enum {
  VFLOW_TOML_TEXT = 0,  // value: offset into the document's text, count: bytes
  VFLOW_TOML_INTEGER,   // value: the bits of the int64_t
  VFLOW_TOML_REAL,      // value: the bits of the double
  VFLOW_TOML_BOOLEAN,   // value: 0 or 1
  VFLOW_TOML_MOMENT,    // a date, a time or both
  VFLOW_TOML_ARRAY,     // count: elements, which follow in pre-order
  VFLOW_TOML_TABLE,     // count: members, which follow in pre-order
} vflow_toml_kind;

typedef enum {
  VFLOW_TOML_OK = 0,
  VFLOW_TOML_SYNTAX,  // `text` is the reason, `error_line` the place
  VFLOW_TOML_OUT_OF_MEMORY,
} vflow_toml_status;

// One value; the table of a document lists them in pre-order, the root table first.
typedef struct {
  uint64_t value;
  uint64_t count;
  uint32_t kind;
  uint32_t line;  // of the key, or of the element; from 1
  size_t key;     // offset into the document's text
  size_t key_length;
} vflow_toml_node;

// A parsed document; free with vflow_toml_release.
typedef struct {
  const vflow_toml_node *nodes;
  size_t node_count;
  const char *text;
  size_t text_length;
  vflow_toml_status status;
  uint32_t error_line;
  void *owner;
} vflow_toml_document;

// Parses all of `bytes`; `document` must be released whatever the status. Members of a table are
// listed in the order of their lines.
void vflow_toml_parse(const uint8_t *bytes, size_t length, vflow_toml_document *document);
void vflow_toml_release(vflow_toml_document *document);

#ifdef __cplusplus
}
#endif
#endif
