#define _GNU_SOURCE
#include "CLinux.h"
#include "Retrying.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <netdb.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <unistd.h>

int clinux_epoll_create(void) { return RETRYING(epoll_create1(EPOLL_CLOEXEC)); }

static int control(int epoll, int operation, int descriptor, uint32_t flags, uint64_t token) {
  struct epoll_event event = {.events = flags, .data = {.u64 = token}};
  return RETRYING(epoll_ctl(epoll, operation, descriptor, &event));
}

int clinux_epoll_add(int epoll, int descriptor, uint32_t flags, uint64_t token) {
  return control(epoll, EPOLL_CTL_ADD, descriptor, flags, token);
}

int clinux_epoll_change(int epoll, int descriptor, uint32_t flags, uint64_t token) {
  return control(epoll, EPOLL_CTL_MOD, descriptor, flags, token);
}

int clinux_epoll_remove(int epoll, int descriptor) {
  return control(epoll, EPOLL_CTL_DEL, descriptor, 0, 0);
}

int clinux_epoll_wait(int epoll, struct clinux_event *events, int capacity, int milliseconds) {
  struct epoll_event raw[256];
  if (capacity > 256) capacity = 256;
  int count = epoll_wait(epoll, raw, capacity, milliseconds);
  if (count < 0) return errno == EINTR ? 0 : -errno;
  for (int i = 0; i < count; i++) {
    events[i].token = raw[i].data.u64;
    events[i].flags = raw[i].events;
  }
  return count;
}

int clinux_eventfd(void) { return RETRYING(eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)); }

int clinux_eventfd_signal(int descriptor) {
  uint64_t one = 1;
  return (int)RETRYING(write(descriptor, &one, sizeof one));
}

int clinux_eventfd_clear(int descriptor) {
  uint64_t count;
  return (int)RETRYING(read(descriptor, &count, sizeof count));
}

int clinux_pipe(int ends[2]) { return RETRYING(pipe2(ends, O_CLOEXEC)); }

int clinux_adopt_orphans(void) { return prctl(PR_SET_CHILD_SUBREAPER, 1) == 0 ? 0 : -errno; }

int clinux_wait_readable(int descriptor, int milliseconds) {
  struct pollfd watched = {.fd = descriptor, .events = POLLIN};
  int count = poll(&watched, 1, milliseconds);
  return count < 0 ? (errno == EINTR ? 0 : -errno) : count;
}

struct start {
  void (*body)(void *);
  void *context;
};

static void *run(void *argument) {
  struct start start = *(struct start *)argument;
  free(argument);
  start.body(start.context);
  return NULL;
}

int clinux_start_thread(
    pthread_t *thread, const char *name, void (*body)(void *), void *context) {
  struct start *start = malloc(sizeof *start);
  if (start == NULL) return -ENOMEM;
  *start = (struct start){.body = body, .context = context};
  int result = pthread_create(thread, NULL, run, start);
  if (result != 0) {
    free(start);
    return -result;
  }
  pthread_setname_np(*thread, name);
  return 0;
}

int clinux_listen(const struct sockaddr *address, socklen_t length, int backlog, int reuse_port) {
  int descriptor =
      RETRYING(socket(address->sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (descriptor < 0) return descriptor;
  int one = 1;
  setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
  if (reuse_port) setsockopt(descriptor, SOL_SOCKET, SO_REUSEPORT, &one, sizeof one);
  // Accepted connections inherit this on Linux, which saves a call for each.
  if (address->sa_family == AF_INET || address->sa_family == AF_INET6)
    setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
  int result = RETRYING(bind(descriptor, address, length));
  if (result == 0) result = RETRYING(listen(descriptor, backlog));
  if (result < 0) {
    close(descriptor);
    return result;
  }
  return descriptor;
}

int clinux_refuse_new_connections(int listener) {
  // Classic BPF on the TCP header: drop segments with SYN set, keep those of running handshakes.
  struct sock_filter program[] = {
      BPF_STMT(BPF_LD | BPF_B | BPF_ABS, 13),
      BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, 0x02, 0, 1),
      BPF_STMT(BPF_RET | BPF_K, 0),
      BPF_STMT(BPF_RET | BPF_K, 0xffffffff),
  };
  struct sock_fprog filter = {.len = sizeof program / sizeof *program, .filter = program};
  return RETRYING(setsockopt(listener, SOL_SOCKET, SO_ATTACH_FILTER, &filter, sizeof filter));
}

static int unix_address(const char *path, struct sockaddr_un *address) {
  memset(address, 0, sizeof *address);
  address->sun_family = AF_UNIX;
  size_t length = strlen(path);
  if (length == 0) return -EINVAL;
  if (length >= sizeof address->sun_path) return -ENAMETOOLONG;
  memcpy(address->sun_path, path, length);
  return 0;
}

static int unix_socket(void) {
  return RETRYING(socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
}

// Removes a socket on which nobody listens: connecting to it is refused.
static int remove_stale(const struct sockaddr_un *address) {
  struct stat status;
  if (lstat(address->sun_path, &status) != 0) return errno == ENOENT ? 0 : -errno;
  if (!S_ISSOCK(status.st_mode)) return -EADDRINUSE;
  int probe = unix_socket();
  if (probe < 0) return probe;
  int result = RETRYING(connect(probe, (const struct sockaddr *)address, sizeof *address));
  close(probe);
  if (result == -ENOENT) return 0;
  if (result != -ECONNREFUSED) return -EADDRINUSE;
  return unlink(address->sun_path) == 0 || errno == ENOENT ? 0 : -errno;
}

static int bind_unix(int descriptor, const struct sockaddr_un *address) {
  int result = RETRYING(bind(descriptor, (const struct sockaddr *)address, sizeof *address));
  if (result != -EADDRINUSE) return result;
  result = remove_stale(address);
  if (result < 0) return result;
  return RETRYING(bind(descriptor, (const struct sockaddr *)address, sizeof *address));
}

int clinux_listen_unix(
    const char *path, unsigned int permissions, int backlog, struct clinux_file *file) {
  struct sockaddr_un address;
  int result = unix_address(path, &address);
  if (result < 0) return result;
  int descriptor = unix_socket();
  if (descriptor < 0) return descriptor;
  result = bind_unix(descriptor, &address);
  if (result < 0) {
    close(descriptor);
    return result;
  }
  struct stat status;
  // Nobody can connect before listen(2), so there is no moment with other permissions.
  if (chmod(path, permissions) != 0 || lstat(path, &status) != 0 ||
      listen(descriptor, backlog) != 0) {
    result = -errno;
    unlink(path);
    close(descriptor);
    return result;
  }
  *file = (struct clinux_file){.device = status.st_dev, .inode = status.st_ino};
  return descriptor;
}

int clinux_remove_file(const char *path, const struct clinux_file *file) {
  struct stat status;
  if (lstat(path, &status) != 0) return -errno;
  if (status.st_dev != file->device || status.st_ino != file->inode) return -ESTALE;
  return unlink(path) == 0 ? 0 : -errno;
}

int clinux_duplicate(int descriptor) {
  return RETRYING(fcntl(descriptor, F_DUPFD_CLOEXEC, 3));
}

static int option(int descriptor, int name) {
  int value = 0;
  socklen_t length = sizeof value;
  int result = RETRYING(getsockopt(descriptor, SOL_SOCKET, name, &value, &length));
  return result < 0 ? result : value;
}

int clinux_adopt_listener(int descriptor) {
  if (option(descriptor, SO_ACCEPTCONN) != 1 || option(descriptor, SO_TYPE) != SOCK_STREAM)
    return -EINVAL;
  int flags = RETRYING(fcntl(descriptor, F_GETFL));
  if (flags < 0) return flags;
  int result = RETRYING(fcntl(descriptor, F_SETFL, flags | O_NONBLOCK));
  if (result < 0) return result;
  int family = option(descriptor, SO_DOMAIN);
  int one = 1;
  if (family == AF_INET || family == AF_INET6)
    setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
  return clinux_duplicate(descriptor);
}

size_t clinux_unix_path(const struct sockaddr_storage *address, char *path, size_t capacity) {
  if (address->ss_family != AF_UNIX || capacity == 0) return 0;
  const struct sockaddr_un *name = (const struct sockaddr_un *)address;
  size_t length = strnlen(name->sun_path, sizeof name->sun_path);
  if (length > capacity) length = capacity;
  memcpy(path, name->sun_path, length);
  return length;
}

int clinux_peer(int descriptor, struct clinux_peer *peer) {
  struct ucred credentials;
  socklen_t length = sizeof credentials;
  int result = RETRYING(getsockopt(descriptor, SOL_SOCKET, SO_PEERCRED, &credentials, &length));
  if (result < 0) return result;
  *peer = (struct clinux_peer){
      .process = credentials.pid, .user = credentials.uid, .group = credentials.gid};
  return 0;
}

int clinux_accept(int listener, struct sockaddr_storage *peer) {
  socklen_t length = sizeof *peer;
  return RETRYING(
      accept4(listener, (struct sockaddr *)peer, &length, SOCK_NONBLOCK | SOCK_CLOEXEC));
}

int clinux_local_address(int descriptor, struct sockaddr_storage *address) {
  socklen_t length = sizeof *address;
  return RETRYING(getsockname(descriptor, (struct sockaddr *)address, &length));
}

int clinux_describe(const struct sockaddr_storage *address, char *host, size_t capacity) {
  host[0] = 0;
  if (address->ss_family == AF_INET) {
    const struct sockaddr_in *v4 = (const struct sockaddr_in *)address;
    inet_ntop(AF_INET, &v4->sin_addr, host, (socklen_t)capacity);
    return ntohs(v4->sin_port);
  }
  if (address->ss_family == AF_INET6) {
    const struct sockaddr_in6 *v6 = (const struct sockaddr_in6 *)address;
    inet_ntop(AF_INET6, &v6->sin6_addr, host, (socklen_t)capacity);
    return ntohs(v6->sin6_port);
  }
  return 0;
}

int clinux_resolve(
    const char *host, uint16_t port, struct sockaddr_storage *address, socklen_t *length) {
  struct addrinfo hints = {
      .ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM, .ai_flags = AI_PASSIVE};
  struct addrinfo *found = NULL;
  char service[8];
  snprintf(service, sizeof service, "%u", port);
  if (getaddrinfo(host, service, &hints, &found) != 0 || found == NULL) return -ENOENT;
  memcpy(address, found->ai_addr, found->ai_addrlen);
  *length = found->ai_addrlen;
  freeaddrinfo(found);
  return 0;
}

// The two calls of every request go through syscall(2): glibc's recv and send are cancellation
// points, which costs two atomic operations each in a process with threads, and no thread here is
// ever cancelled.
ssize_t clinux_receive(int descriptor, void *bytes, size_t count) {
  return RETRYING(syscall(SYS_recvfrom, descriptor, bytes, count, 0, NULL, NULL));
}

ssize_t clinux_receive_passed(
    int descriptor, void *bytes, size_t count, int *descriptors, struct clinux_passed *passed) {
  // Aligned as a control message; beside the descriptors there is room for what an inherited
  // listener may have asked for: credentials, a security label, a process.
  union {
    struct cmsghdr header;
    char bytes[CMSG_SPACE(CLINUX_PASSED_ROOM * sizeof(int)) + 1024];
  } control;
  struct iovec piece = {.iov_base = bytes, .iov_len = count};
  struct msghdr message = {
      .msg_iov = &piece,
      .msg_iovlen = 1,
      .msg_control = control.bytes,
      .msg_controllen = sizeof control.bytes};
  passed->count = 0;
  passed->is_truncated = 0;
  ssize_t result = RETRYING(syscall(SYS_recvmsg, descriptor, &message, MSG_CMSG_CLOEXEC));
  if (result < 0) return result;
  passed->is_truncated = (message.msg_flags & MSG_CTRUNC) != 0;
  for (struct cmsghdr *part = CMSG_FIRSTHDR(&message); part != NULL;
       part = CMSG_NXTHDR(&message, part)) {
    if (part->cmsg_level != SOL_SOCKET || part->cmsg_type != SCM_RIGHTS) continue;
    int found = (int)((part->cmsg_len - CMSG_LEN(0)) / sizeof(int));
    for (int i = 0; i < found; i++) {
      int one;
      memcpy(&one, CMSG_DATA(part) + (size_t)i * sizeof one, sizeof one);
      if (passed->count < CLINUX_PASSED_ROOM) descriptors[passed->count++] = one;
    }
  }
  return result;
}

void clinux_pass(int listener, int descriptors) {
#ifndef SO_PASSRIGHTS
  // asm-generic/socket.h; the same on all processors that the service runs on.
  enum { SO_PASSRIGHTS = 83 };
#endif
  int none = 0;
  setsockopt(listener, SOL_SOCKET, SO_PASSCRED, &none, sizeof none);
  setsockopt(listener, SOL_SOCKET, SO_PASSSEC, &none, sizeof none);
  setsockopt(listener, SOL_SOCKET, SO_PASSRIGHTS, &descriptors, sizeof descriptors);
}

ssize_t clinux_send(
    int descriptor, const void *first, size_t first_count, const void *second,
    size_t second_count) {
  if (second_count == 0)
    return RETRYING(
        syscall(SYS_sendto, descriptor, first, first_count, MSG_NOSIGNAL, NULL, (socklen_t)0));
  struct iovec pieces[2] = {
      {.iov_base = (void *)first, .iov_len = first_count},
      {.iov_base = (void *)second, .iov_len = second_count}};
  struct msghdr message = {.msg_iov = pieces, .msg_iovlen = 2};
  return RETRYING(sendmsg(descriptor, &message, MSG_NOSIGNAL));
}

int clinux_unread_bytes(int descriptor) {
  int count = 0;
  int result = RETRYING(ioctl(descriptor, FIONREAD, &count));
  return result < 0 ? result : count;
}

int clinux_shutdown_writing(int descriptor) { return RETRYING(shutdown(descriptor, SHUT_WR)); }

int clinux_shutdown(int descriptor) { return RETRYING(shutdown(descriptor, SHUT_RDWR)); }

// Linux releases the descriptor even when close(2) is interrupted, so it is not repeated.
int clinux_drop_unsent(int descriptor) {
  const struct linger drop = {.l_onoff = 1, .l_linger = 0};
  return RETRYING(setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &drop, sizeof drop));
}

int clinux_close(int descriptor) { return close(descriptor) == 0 ? 0 : -errno; }

int clinux_open_reserve(void) { return RETRYING(open("/dev/null", O_RDONLY | O_CLOEXEC)); }

void *clinux_map(size_t bytes) {
  void *base = mmap(
      NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  return base == MAP_FAILED ? NULL : base;
}

void clinux_unmap(void *base, size_t bytes) { munmap(base, bytes); }

void clinux_discard(void *start, size_t bytes) { madvise(start, bytes, MADV_DONTNEED); }
