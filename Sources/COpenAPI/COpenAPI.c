#include "COpenAPI.h"

// #embed is C23; clang takes it in every mode, and rebuilds this file when the document changes. So
// there is one contract, not a document and a generated copy of it.
#pragma clang diagnostic ignored "-Wc23-extensions"

static const unsigned char document[] = {
#embed "../../openapi.yaml"
};

const unsigned char *openapi_document(void) { return document; }

size_t openapi_document_size(void) { return sizeof(document); }
