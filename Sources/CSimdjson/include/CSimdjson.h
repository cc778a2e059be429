// Text codecs in C++ behind a C interface: JSON (read by simdjson), base64, numbers.
// No function throws, keeps state between calls, or reads past the bytes it is given.
#ifndef CSIMDJSON_H
#define CSIMDJSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

// Why a document was refused.
typedef enum {
  VFLOW_JSON_OK = 0,
  VFLOW_JSON_EMPTY,
  VFLOW_JSON_BYTE_ORDER_MARK,
  VFLOW_JSON_INVALID_UTF8,
  VFLOW_JSON_UNEXPECTED_TOKEN,
  VFLOW_JSON_UNEXPECTED_END,
  VFLOW_JSON_UNTERMINATED_STRING,
  VFLOW_JSON_CONTROL_CHARACTER,
  VFLOW_JSON_INVALID_ESCAPE,
  VFLOW_JSON_INVALID_NUMBER,
  VFLOW_JSON_NUMBER_OVERFLOW,
  VFLOW_JSON_TRAILING_CONTENT,
  VFLOW_JSON_DUPLICATE_KEY,
  VFLOW_JSON_TOO_DEEP,
  VFLOW_JSON_TOO_MANY_VALUES,
  VFLOW_JSON_TOO_MANY_ELEMENTS,
  VFLOW_JSON_OUT_OF_MEMORY,
} vflow_json_status;

typedef enum {
  VFLOW_JSON_NULL = 0,
  VFLOW_JSON_FALSE,
  VFLOW_JSON_TRUE,
  VFLOW_JSON_INTEGER,  // value: the int64_t
  VFLOW_JSON_REAL,     // value: the bits of the double
  VFLOW_JSON_NEGATIVE_ZERO,  // written as the integer -0
  VFLOW_JSON_TEXT,     // value: offset into the source, count: bytes
  VFLOW_JSON_UNESCAPED_TEXT,  // value: offset into the document's own text, count: bytes
  VFLOW_JSON_ARRAY,    // count: elements, which follow in pre-order
  VFLOW_JSON_OBJECT,   // count: members; a text and a value for each follow in pre-order
  VFLOW_JSON_NUMBERS,  // value: first of doubles; count: elements if rank is 1, else first of dims
} vflow_json_kind;

// One value of the document; the table lists them in pre-order.
typedef struct {
  uint8_t kind;
  bool integers;  // NUMBERS: each was written as an integer of at most 53 bits, none as -0
  uint16_t rank;  // NUMBERS
  uint64_t count;
  uint64_t value;
} vflow_json_node;

typedef struct {
  size_t depth;     // containers inside each other
  size_t values;    // nodes of the table
  size_t elements;  // packed numbers
} vflow_json_limits;

// A parsed document; free with vflow_json_release.
typedef struct {
  vflow_json_node *nodes;
  size_t node_count;
  double *doubles;  // may be taken over: set to NULL, and vflow_json_free_doubles it later
  size_t double_count;
  uint64_t *dims;
  char *text;
  vflow_json_status status;
  size_t error_offset;  // SIZE_MAX where unknown
  char *error_pointer;  // RFC 6901, NUL-terminated, never NULL after a failure with a place
  void *owner;
} vflow_json_document;

// Parses all of `bytes`; `document` must be released whatever the status. Takes up to 5 bytes per
// byte while it runs: a copy and simdjson's index of tokens.
void vflow_json_parse(
    const uint8_t *bytes, size_t length, vflow_json_limits limits, vflow_json_document *document);
void vflow_json_release(vflow_json_document *document);
void vflow_json_free_doubles(double *doubles);

// Decimal; the buffer needs 20 bytes. Returns the length.
size_t vflow_write_int64(int64_t value, char *text);
// Shortest text that reads back as the same value; the buffer needs 32 bytes. Returns its length.
size_t vflow_write_double(double value, char *text);
size_t vflow_write_float(float value, char *text);
// Comma-separated values; the buffer needs 16, 12 or 4 bytes per value. Non-finite floats are null.
size_t vflow_write_floats(const void *unaligned, size_t count, char *text);
size_t vflow_write_int32s(const void *unaligned, size_t count, char *text);
size_t vflow_write_uint8s(const void *unaligned, size_t count, char *text);
// The contents of a JSON string, without quotes; the buffer needs 6 bytes per byte.
size_t vflow_write_escaped(const uint8_t *utf8, size_t length, char *text);

typedef enum {
  VFLOW_BASE64_OK = 0,
  VFLOW_BASE64_INVALID_LENGTH,
  VFLOW_BASE64_INVALID_CHARACTER,
  VFLOW_BASE64_INVALID_PADDING,
  VFLOW_BASE64_TRAILING_BITS,
} vflow_base64_status;

// The size that `length` characters decode to; `text` is looked at for padding only.
size_t vflow_base64_decoded_size(const uint8_t *text, size_t length);
// Decodes RFC 4648 section 4, padding required; on failure `offset` is where.
vflow_base64_status vflow_base64_decode(
    const uint8_t *text, size_t length, uint8_t *bytes, size_t *offset);
// Writes 4 characters for each 3 bytes begun.
void vflow_base64_encode(const uint8_t *bytes, size_t length, uint8_t *text);

#ifdef __cplusplus
}
#endif
#endif
