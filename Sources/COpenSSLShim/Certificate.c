#include <openssl/x509v3.h>
#include <string.h>

#include "COpenSSLShim.h"

size_t copenssl_common_name(const X509 *certificate, char *text, size_t capacity) {
  const X509_NAME *subject = X509_get_subject_name(certificate);
  int index = X509_NAME_get_index_by_NID(subject, NID_commonName, -1);
  if (index < 0) return 0;
  // Several names would let the holder choose which one counts.
  if (X509_NAME_get_index_by_NID(subject, NID_commonName, index) >= 0) return 0;
  const ASN1_STRING *value = X509_NAME_ENTRY_get_data(X509_NAME_get_entry(subject, index));
  unsigned char *utf8 = NULL;
  int count = ASN1_STRING_to_UTF8(&utf8, value);
  if (count < 0) return 0;
  size_t result = (size_t)count <= capacity ? (size_t)count : 0;
  memcpy(text, utf8, result);
  OPENSSL_free(utf8);
  return result;
}

void copenssl_visit_names(
    const X509 *certificate, void *context,
    int (*visit)(void *context, enum copenssl_name_kind kind, const uint8_t *text, size_t count)) {
  GENERAL_NAMES *names = X509_get_ext_d2i(certificate, NID_subject_alt_name, NULL, NULL);
  for (int i = 0; i < sk_GENERAL_NAME_num(names); i++) {
    const GENERAL_NAME *name = sk_GENERAL_NAME_value(names, i);
    enum copenssl_name_kind kind;
    if (name->type == GEN_DNS)
      kind = COPENSSL_NAME_DNS;
    else if (name->type == GEN_EMAIL)
      kind = COPENSSL_NAME_EMAIL;
    else if (name->type == GEN_URI)
      kind = COPENSSL_NAME_URI;
    else
      continue;
    // The three share one member of the union.
    const ASN1_STRING *text = name->d.ia5;
    if (!visit(context, kind, ASN1_STRING_get0_data(text), (size_t)ASN1_STRING_length(text))) break;
  }
  GENERAL_NAMES_free(names);
}

int copenssl_is_trusted(SSL *session, SSL_CTX *context) {
  int mode = SSL_CTX_get_verify_mode(context);
  if (!(mode & SSL_VERIFY_PEER)) return 1;
  X509 *certificate = SSL_get1_peer_certificate(session);
  if (certificate == NULL) return !(mode & SSL_VERIFY_FAIL_IF_NO_PEER_CERT);
  X509_STORE_CTX *verification = X509_STORE_CTX_new();
  int is_trusted = verification != NULL &&
                   X509_STORE_CTX_init(
                       verification, SSL_CTX_get_cert_store(context), certificate,
                       SSL_get_peer_cert_chain(session)) == 1 &&
                   X509_STORE_CTX_set_default(verification, "ssl_client") == 1 &&
                   X509_verify_cert(verification) == 1;
  X509_STORE_CTX_free(verification);
  X509_free(certificate);
  ERR_clear_error();
  return is_trusted;
}
