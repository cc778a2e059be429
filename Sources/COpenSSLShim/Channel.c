#include <openssl/bio.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "COpenSSLShim.h"

struct copenssl_channel *copenssl_channel_new(void) {
  return calloc(1, sizeof(struct copenssl_channel));
}

void copenssl_channel_free(struct copenssl_channel *channel) {
  free(channel->output);
  free(channel);
}

static int channel_read(BIO *bio, char *bytes, int count) {
  struct copenssl_channel *channel = BIO_get_data(bio);
  BIO_clear_retry_flags(bio);
  if (count <= 0) return 0;
  if (channel->input_count == 0) {
    BIO_set_retry_read(bio);
    return -1;
  }
  size_t taken = (size_t)count < channel->input_count ? (size_t)count : channel->input_count;
  memcpy(bytes, channel->input, taken);
  channel->input += taken;
  channel->input_count -= taken;
  return (int)taken;
}

static int channel_write(BIO *bio, const char *bytes, int count) {
  struct copenssl_channel *channel = BIO_get_data(bio);
  BIO_clear_retry_flags(bio);
  if (count <= 0) return 0;
  size_t needed = channel->output_count + (size_t)count;
  if (needed > channel->output_capacity) {
    size_t capacity = channel->output_capacity * 2;
    if (capacity < 65536) capacity = 65536;
    while (capacity < needed) capacity *= 2;
    uint8_t *larger = realloc(channel->output, capacity);
    if (larger == NULL) return -1;
    channel->output = larger;
    channel->output_capacity = capacity;
  }
  memcpy(channel->output + channel->output_count, bytes, (size_t)count);
  channel->output_count = needed;
  return count;
}

static long channel_control(BIO *bio, int command, long number, void *pointer) {
  (void)bio;
  (void)number;
  (void)pointer;
  // Output is in the channel as soon as it is written; nothing else is understood.
  return command == BIO_CTRL_FLUSH ? 1 : 0;
}

static BIO_METHOD *method;
static pthread_once_t once = PTHREAD_ONCE_INIT;

static void make_method(void) {
  method = BIO_meth_new(BIO_TYPE_SOURCE_SINK | BIO_get_new_index(), "channel");
  if (method == NULL) return;
  BIO_meth_set_read(method, channel_read);
  BIO_meth_set_write(method, channel_write);
  BIO_meth_set_ctrl(method, channel_control);
}

static SSL *session(SSL_CTX *context, struct copenssl_channel *channel) {
  pthread_once(&once, make_method);
  if (method == NULL) return NULL;
  SSL *ssl = SSL_new(context);
  if (ssl == NULL) return NULL;
  BIO *bio = BIO_new(method);
  if (bio == NULL) {
    SSL_free(ssl);
    return NULL;
  }
  BIO_set_data(bio, channel);
  BIO_set_init(bio, 1);
  SSL_set_bio(ssl, bio, bio);
  return ssl;
}

SSL *copenssl_accepting_session(SSL_CTX *context, struct copenssl_channel *channel) {
  SSL *ssl = session(context, channel);
  if (ssl != NULL) SSL_set_accept_state(ssl);
  return ssl;
}

SSL *copenssl_connecting_session(SSL_CTX *context, struct copenssl_channel *channel) {
  SSL *ssl = session(context, channel);
  if (ssl != NULL) SSL_set_connect_state(ssl);
  return ssl;
}
