// Posts one prepared HTTP/1.1 request again and again over some connections, from one thread.
//
//   load-client unix:PATH|PORT FILE CONNECTIONS SECONDS
//
// FILE holds the whole request, head and body. Prints one line of JSON: answers, failures, seconds,
// percentiles of the round trips in microseconds, and the bytes of an answer. The scripts around it
// compile it (`cc -O2`); a client in an interpreted language would be the slowest part of a
// measurement with several connections.
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

enum { head_room = 8192 };

typedef struct {
  int descriptor;
  size_t sent;        // of the request
  size_t have;        // of the answer's head, kept
  size_t rest;        // of the answer's content
  int in_content;
  int refused;
  int is_done;
  uint64_t began;
  char head[head_room];
} connection;

static uint8_t *request;
static size_t request_size;
static uint8_t sink[1 << 20];
static uint32_t *times;
static size_t time_count, time_room;
static uint64_t failures;
static size_t answer_size;
static uint64_t end_time;

static uint64_t now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (uint64_t)time.tv_sec * 1000000000 + (uint64_t)time.tv_nsec;
}

static void fail(const char *what) {
  perror(what);
  exit(1);
}

static int dial(const char *address) {
  const int is_path = strncmp(address, "unix:", 5) == 0;
  const int descriptor = socket(is_path ? AF_UNIX : AF_INET, SOCK_STREAM, 0);
  struct sockaddr_un path = {.sun_family = AF_UNIX};
  struct sockaddr_in port = {.sin_family = AF_INET};
  if (descriptor < 0) fail("socket");
  if (is_path) {
    snprintf(path.sun_path, sizeof path.sun_path, "%s", address + 5);
  } else {
    const int one = 1;
    port.sin_port = htons((uint16_t)atoi(address));
    port.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
  }
  const struct sockaddr *to = is_path ? (void *)&path : (void *)&port;
  if (connect(descriptor, to, is_path ? sizeof path : sizeof port) != 0) fail("connect");
  fcntl(descriptor, F_SETFL, fcntl(descriptor, F_GETFL) | O_NONBLOCK);
  return descriptor;
}

static void finish(connection *c) {
  if (time_count == time_room) {
    time_room = time_room ? time_room * 2 : 1 << 16;
    times = realloc(times, time_room * sizeof *times);
    if (!times) fail("realloc");
  }
  if (c->refused) {
    failures++;
  } else {
    times[time_count++] = (uint32_t)((now() - c->began) / 1000);
  }
  c->sent = c->have = c->rest = 0;
  c->in_content = 0;
  c->began = now();
}

// Looks for the end of the head in what is there.
static void read_head(connection *c) {
  char *end = memmem(c->head, c->have, "\r\n\r\n", 4);
  if (!end) {
    if (c->have == head_room) fail("head");
    return;
  }
  *end = 0;
  char *length = strcasestr(c->head, "content-length:");
  const size_t size = length ? strtoul(length + 15, NULL, 10) : 0;
  const size_t here = c->have - (size_t)(end + 4 - c->head);
  c->refused = strncmp(c->head + 9, "200", 3) != 0;
  if (c->refused && failures == 0) fprintf(stderr, "%.60s\n", c->head);
  if (!c->refused) answer_size = size;
  c->in_content = 1;
  c->rest = size - here;
}

// Sends and receives until the socket has no more; what comes next is asked for.
static uint32_t go_on(connection *c) {
  for (;;) {
    if (c->sent < request_size && !c->in_content && c->have == 0) {
      const ssize_t sent = send(
          c->descriptor, request + c->sent, request_size - c->sent, MSG_NOSIGNAL);
      if (sent > 0) c->sent += (size_t)sent;
      if (sent < 0 && errno != EAGAIN) fail("send");
    }
    const size_t room = c->in_content ? (c->rest < sizeof sink ? c->rest : sizeof sink)
                                      : head_room - c->have;
    const ssize_t got = c->sent < request_size
        ? -1
        : recv(c->descriptor, c->in_content ? (char *)sink : c->head + c->have, room, 0);
    if (c->sent < request_size) return EPOLLOUT;
    if (got < 0 && errno == EAGAIN) return EPOLLIN;
    if (got <= 0) fail("recv");
    if (c->in_content) {
      c->rest -= (size_t)got;
    } else {
      c->have += (size_t)got;
      read_head(c);
    }
    if (c->in_content && c->rest == 0) {
      finish(c);
      c->is_done = now() >= end_time;
      return c->is_done ? 0 : EPOLLOUT;
    }
  }
}

static int ascending(const void *a, const void *b) {
  const uint32_t left = *(const uint32_t *)a, right = *(const uint32_t *)b;
  return left < right ? -1 : left > right;
}

int main(int count, char **arguments) {
  if (count != 5) return 64;
  const int file = open(arguments[2], O_RDONLY);
  struct stat status;
  if (file < 0 || fstat(file, &status) != 0) fail(arguments[2]);
  request_size = (size_t)status.st_size;
  request = malloc(request_size);
  for (size_t have = 0; have < request_size;) {
    const ssize_t got = read(file, request + have, request_size - have);
    if (got <= 0) fail("read");
    have += (size_t)got;
  }
  const int connections = atoi(arguments[3]);
  connection *all = calloc((size_t)connections, sizeof *all);
  const int epoll = epoll_create1(0);
  const uint64_t start = now();
  int left = connections;
  end_time = start + (uint64_t)(atof(arguments[4]) * 1e9);
  for (int i = 0; i < connections; i++) {
    all[i].descriptor = dial(arguments[1]);
    all[i].began = now();
    struct epoll_event event = {.events = EPOLLOUT, .data.u32 = (uint32_t)i};
    epoll_ctl(epoll, EPOLL_CTL_ADD, all[i].descriptor, &event);
  }
  // What has begun is waited for, so that the work of the server is the work on these answers.
  while (left > 0) {
    struct epoll_event events[64];
    const int ready = epoll_wait(epoll, events, 64, 100);
    for (int i = 0; i < ready; i++) {
      connection *c = &all[events[i].data.u32];
      const uint32_t wanted = go_on(c);
      left -= c->is_done;
      if (wanted == events[i].events) continue;
      struct epoll_event event = {.events = wanted, .data.u32 = events[i].data.u32};
      epoll_ctl(epoll, EPOLL_CTL_MOD, c->descriptor, &event);
    }
  }
  const double seconds = (double)(now() - start) / 1e9;
  qsort(times, time_count, sizeof *times, ascending);
  const uint32_t p50 = time_count ? times[time_count / 2] : 0;
  const uint32_t p99 = time_count ? times[time_count * 99 / 100] : 0;
  printf("{\"answers\":%zu,\"failures\":%llu,\"seconds\":%.4f,\"p50\":%u,\"p99\":%u,"
         "\"answer_bytes\":%zu}\n",
         time_count, (unsigned long long)failures, seconds, p50, p99, answer_size);
  return 0;
}
