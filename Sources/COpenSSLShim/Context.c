#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/rand.h>
#include <string.h>

#include "COpenSSLShim.h"

static int select_protocol(
    SSL *ssl, const unsigned char **selected, unsigned char *selected_count,
    const unsigned char *offered, unsigned int offered_count, void *argument) {
  (void)ssl;
  struct copenssl_callbacks *callbacks = argument;
  int result = SSL_select_next_proto(
      (unsigned char **)selected, selected_count, callbacks->protocols,
      callbacks->protocols_count, offered, offered_count);
  // RFC 7301 section 3.2: without a protocol in common the handshake must fail.
  return result == OPENSSL_NPN_NEGOTIATED ? SSL_TLSEXT_ERR_OK : SSL_TLSEXT_ERR_ALERT_FATAL;
}

static int prepare_ticket(
    SSL *ssl, unsigned char *name, unsigned char *iv, EVP_CIPHER_CTX *cipher, EVP_MAC_CTX *mac,
    int is_sealing) {
  struct copenssl_callbacks *callbacks = SSL_CTX_get_ex_data(SSL_get_SSL_CTX(ssl), 0);
  struct copenssl_ticket_key key;
  int found = callbacks->ticket_source(callbacks->owner, is_sealing ? NULL : name, &key);
  if (found == 0) return 0;
  if (is_sealing) {
    memcpy(name, key.name, sizeof key.name);
    if (RAND_bytes(iv, 16) != 1) return -1;
  }
  OSSL_PARAM parameters[] = {
      OSSL_PARAM_construct_octet_string(
          OSSL_MAC_PARAM_KEY, key.authentication, sizeof key.authentication),
      OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, "SHA256", 0),
      OSSL_PARAM_construct_end()};
  int ready = EVP_MAC_CTX_set_params(mac, parameters) == 1 &&
              EVP_CipherInit_ex(
                  cipher, EVP_aes_256_cbc(), NULL, key.encryption, iv, is_sealing) == 1;
  OPENSSL_cleanse(&key, sizeof key);
  return ready ? found : -1;
}

static int no_passphrase(char *text, int capacity, int is_writing, void *argument) {
  (void)text;
  (void)capacity;
  (void)is_writing;
  (void)argument;
  return -1;
}

static int configure(
    SSL_CTX *context, const struct copenssl_settings *settings,
    struct copenssl_callbacks *callbacks) {
  SSL_CTX_set_default_passwd_cb(context, no_passphrase);
  SSL_CTX_set_options(
      context, SSL_OP_NO_COMPRESSION | SSL_OP_NO_RENEGOTIATION | SSL_OP_CIPHER_SERVER_PREFERENCE |
                   SSL_OP_PRIORITIZE_CHACHA);
  SSL_CTX_set_mode(
      context, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER |
                   SSL_MODE_RELEASE_BUFFERS);
  // Sessions live in the clients' tickets alone.
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
  SSL_CTX_set_timeout(context, settings->ticket_seconds);
  if (SSL_CTX_set_min_proto_version(context, settings->minimum_version) != 1) return 0;
  if (SSL_CTX_set_cipher_list(context, settings->ciphers12) != 1) return 0;
  if (SSL_CTX_set_ciphersuites(context, settings->ciphers13) != 1) return 0;
  if (SSL_CTX_set1_groups_list(context, settings->groups) != 1) return 0;
  if (SSL_CTX_set_ex_data(context, 0, callbacks) != 1) return 0;
  if (SSL_CTX_set_session_id_context(context, (const unsigned char *)"http", 4) != 1) return 0;
  if (settings->issues_tickets) {
    SSL_CTX_set_tlsext_ticket_key_evp_cb(context, prepare_ticket);
    SSL_CTX_set_num_tickets(context, 1);
  } else {
    SSL_CTX_set_options(context, SSL_OP_NO_TICKET);
    SSL_CTX_set_num_tickets(context, 0);
  }
  if (callbacks->protocols_count > 0)
    SSL_CTX_set_alpn_select_cb(context, select_protocol, callbacks);
  return 1;
}

SSL_CTX *copenssl_server_context(
    const struct copenssl_settings *settings, struct copenssl_callbacks *callbacks) {
  SSL_CTX *context = SSL_CTX_new(TLS_server_method());
  if (context == NULL) return NULL;
  if (configure(context, settings, callbacks)) return context;
  SSL_CTX_free(context);
  ERR_clear_error();
  return NULL;
}

enum copenssl_pair_result copenssl_add_pair(
    SSL_CTX *context, const char *certificate_file, const char *key_file) {
  enum copenssl_pair_result result = COPENSSL_PAIR_OK;
  if (SSL_CTX_use_certificate_chain_file(context, certificate_file) != 1)
    result = COPENSSL_PAIR_BAD_CERTIFICATE;
  else if (SSL_CTX_use_PrivateKey_file(context, key_file, SSL_FILETYPE_PEM) != 1)
    // A key that is fine in itself is refused when it does not belong to the certificate.
    result = ERR_GET_REASON(ERR_peek_error()) == X509_R_KEY_VALUES_MISMATCH ||
                     ERR_GET_REASON(ERR_peek_error()) == X509_R_KEY_TYPE_MISMATCH
                 ? COPENSSL_PAIR_MISMATCH
                 : COPENSSL_PAIR_BAD_KEY;
  else if (SSL_CTX_check_private_key(context) != 1)
    result = COPENSSL_PAIR_MISMATCH;
  ERR_clear_error();
  return result;
}

int copenssl_ask_for_client_certificate(
    SSL_CTX *context, const char *authorities_file, int is_required) {
  STACK_OF(X509_NAME) *names = SSL_load_client_CA_file(authorities_file);
  int is_loaded =
      names != NULL && SSL_CTX_load_verify_locations(context, authorities_file, NULL) == 1;
  if (is_loaded) {
    // Ownership of the names passes to the context.
    SSL_CTX_set_client_CA_list(context, names);
    SSL_CTX_set_verify(
        context, SSL_VERIFY_PEER | (is_required ? SSL_VERIFY_FAIL_IF_NO_PEER_CERT : 0), NULL);
  } else {
    sk_X509_NAME_pop_free(names, X509_NAME_free);
  }
  ERR_clear_error();
  return is_loaded;
}
