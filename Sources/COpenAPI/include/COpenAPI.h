#pragma once

#include <stddef.h>

/// The bytes of openapi.yaml, compiled in; there is no terminating zero.
const unsigned char *openapi_document(void);

/// How many bytes there are.
size_t openapi_document_size(void);
