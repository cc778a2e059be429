#ifndef COPENSSL_SHIM_H
#define COPENSSL_SHIM_H

// What Swift cannot import from OpenSSL: macros, callbacks and stacks. What is allowed and what is
// not (versions, ciphers, lifetimes) is decided by the callers.

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <stddef.h>
#include <stdint.h>

// Memory between an SSL and whoever moves the bytes: input is lent for the length of one call,
// output grows as needed. One channel serves any number of sessions on one thread, one at a time.
struct copenssl_channel {
  const uint8_t *input;
  size_t input_count;
  uint8_t *output;
  size_t output_count;
  size_t output_capacity;
};

struct copenssl_channel *copenssl_channel_new(void);
void copenssl_channel_free(struct copenssl_channel *channel);

// A key that seals session tickets (RFC 5077): AES-256-CBC and HMAC-SHA-256.
struct copenssl_ticket_key {
  uint8_t name[16];
  uint8_t encryption[32];
  uint8_t authentication[32];
};

// Fills `key` with the one to seal with (`name` is null) or the one of that name. Returns 0 when
// there is none, 1 when there is, 2 when the ticket should be renewed.
typedef int (*copenssl_ticket_source)(
    void *owner, const uint8_t *name, struct copenssl_ticket_key *key);

// What a context's callbacks need; the owner keeps it until the last session is gone.
struct copenssl_callbacks {
  void *owner;
  copenssl_ticket_source ticket_source;
  // The protocols offered by ALPN in wire format, most wanted first; none if the count is 0.
  uint8_t protocols[32];
  unsigned int protocols_count;
};

struct copenssl_settings {
  int minimum_version;
  const char *ciphers12;
  const char *ciphers13;
  const char *groups;
  int issues_tickets;
  long ticket_seconds;
};

// A server context without certificates; null if a setting is not understood.
SSL_CTX *copenssl_server_context(
    const struct copenssl_settings *settings, struct copenssl_callbacks *callbacks);

enum copenssl_pair_result {
  COPENSSL_PAIR_OK,
  COPENSSL_PAIR_BAD_CERTIFICATE,
  COPENSSL_PAIR_BAD_KEY,
  COPENSSL_PAIR_MISMATCH
};

// Adds a certificate chain and its key from PEM files; never asks anybody for a passphrase.
enum copenssl_pair_result copenssl_add_pair(
    SSL_CTX *context, const char *certificate_file, const char *key_file);

// Trusts the authorities of a PEM file for client certificates; 1 on success.
int copenssl_ask_for_client_certificate(
    SSL_CTX *context, const char *authorities_file, int is_required);

// Whether the client of a session that began with another context would be let in by this one; its
// certificate is verified again. 1 if so.
int copenssl_is_trusted(SSL *session, SSL_CTX *context);

// A session that waits for a client; null without memory.
SSL *copenssl_accepting_session(SSL_CTX *context, struct copenssl_channel *channel);
// A session that begins a handshake, for tests; null without memory.
SSL *copenssl_connecting_session(SSL_CTX *context, struct copenssl_channel *channel);

// The certificate's only common name in UTF-8; its length, 0 if there is not exactly one that fits.
size_t copenssl_common_name(const X509 *certificate, char *text, size_t capacity);

enum copenssl_name_kind { COPENSSL_NAME_DNS, COPENSSL_NAME_EMAIL, COPENSSL_NAME_URI };

// Calls `visit` for each DNS, e-mail and URI name; it returns 0 to stop.
void copenssl_visit_names(
    const X509 *certificate, void *context,
    int (*visit)(void *context, enum copenssl_name_kind kind, const uint8_t *text, size_t count));

#endif
