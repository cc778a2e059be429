#ifndef CLINUX_H
#define CLINUX_H

// What Swift cannot import from Linux, and the system calls of the server. Every call returns its
// result, or the negative error number: errno is read before anything else can change it, and an
// interrupted call is repeated here and nowhere else.

#include <netinet/in.h>
#include <pthread.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/types.h>
#include <sys/uio.h>

enum {
  CLINUX_EPOLLIN = EPOLLIN,
  CLINUX_EPOLLOUT = EPOLLOUT,
  CLINUX_EPOLLERR = EPOLLERR,
  CLINUX_EPOLLHUP = EPOLLHUP,
  CLINUX_EPOLLRDHUP = EPOLLRDHUP,
  CLINUX_EPOLLET = EPOLLET,
  CLINUX_EPOLLEXCLUSIVE = EPOLLEXCLUSIVE
};

// One event, laid out without the packing that epoll_event has on x86-64.
struct clinux_event {
  uint64_t token;
  uint32_t flags;
};

int clinux_epoll_create(void);
int clinux_epoll_add(int epoll, int descriptor, uint32_t flags, uint64_t token);
int clinux_epoll_change(int epoll, int descriptor, uint32_t flags, uint64_t token);
int clinux_epoll_remove(int epoll, int descriptor);
// Fills `events`; waits at most `milliseconds`, for ever when negative. An interruption returns 0.
int clinux_epoll_wait(int epoll, struct clinux_event *events, int capacity, int milliseconds);

int clinux_eventfd(void);
int clinux_eventfd_signal(int descriptor);
int clinux_eventfd_clear(int descriptor);
// A pipe whose ends no program inherits: the one to read from, then the one to write to.
int clinux_pipe(int ends[2]);
// Makes this process the parent of what its children leave behind, so that it can wait for that, too.
int clinux_adopt_orphans(void);
// Waits until a descriptor is readable; returns 0 when the time is over or on an interruption.
int clinux_wait_readable(int descriptor, int milliseconds);
// Starts a thread; returns 0 or a negative error number.
int clinux_start_thread(pthread_t *thread, const char *name, void (*body)(void *), void *context);

// A listening, non-blocking, close-on-exec TCP socket.
int clinux_listen(const struct sockaddr *address, socklen_t length, int backlog, int reuse_port);
// Which file a path named when it was looked at.
struct clinux_file {
  uint64_t device;
  uint64_t inode;
};

// A listening, non-blocking, close-on-exec Unix-domain socket with these permissions. A socket that
// somebody has left there is replaced, one on which somebody listens is not (-EADDRINUSE).
int clinux_listen_unix(
    const char *path, unsigned int permissions, int backlog, struct clinux_file *file);
// Removes a path if it still names that file.
int clinux_remove_file(const char *path, const struct clinux_file *file);
// A non-blocking, close-on-exec duplicate of a listening stream socket; -EINVAL if it is not one.
int clinux_adopt_listener(int descriptor);
int clinux_duplicate(int descriptor);
// The path of a Unix-domain socket's address, its length; 0 for other families.
size_t clinux_unix_path(const struct sockaddr_storage *address, char *path, size_t capacity);

// The process at the other end of a Unix-domain socket when it connected.
struct clinux_peer {
  int32_t process;
  uint32_t user;
  uint32_t group;
};
int clinux_peer(int descriptor, struct clinux_peer *peer);
// Drops new connection attempts to a listener, so that its backlog can be emptied before closing.
int clinux_refuse_new_connections(int listener);
// Accepts a non-blocking, close-on-exec connection with TCP_NODELAY where that applies.
int clinux_accept(int listener, struct sockaddr_storage *peer);
int clinux_local_address(int descriptor, struct sockaddr_storage *address);
// Writes the numeric host and returns the port; empty text for other families.
int clinux_describe(const struct sockaddr_storage *address, char *host, size_t capacity);
// Resolves the first TCP address of a host for listening.
int clinux_resolve(
    const char *host, uint16_t port, struct sockaddr_storage *address, socklen_t *length);

ssize_t clinux_receive(int descriptor, void *bytes, size_t count);

// Descriptors that a Unix-domain socket has passed together with bytes (SCM_RIGHTS, unix(7)).
enum {
  CLINUX_PASSED_MOST = 4,
  // One message has no more (SCM_MAX_FD). What does not fit the kernel would close in the thread
  // that receives, which a descriptor chosen for that can stop.
  CLINUX_PASSED_ROOM = 253
};
struct clinux_passed {
  int count;
  // The kernel has dropped some: this process can have no more.
  int is_truncated;
};
// Says whether connections of a Unix-domain listener may be passed descriptors, where the kernel can
// refuse that (Linux 6.16); else it closes those that nobody receives. Nothing else is passed.
void clinux_pass(int listener, int descriptors);
// Receives bytes and close-on-exec descriptors, for which there is room for CLINUX_PASSED_ROOM. The bytes end with those that the last of the
// descriptors was sent with.
ssize_t clinux_receive_passed(
    int descriptor, void *bytes, size_t count, int *descriptors, struct clinux_passed *passed);
// Sends up to two pieces in one call; never raises SIGPIPE.
ssize_t clinux_send(
    int descriptor, const void *first, size_t first_count, const void *second,
    size_t second_count);
// How many bytes have arrived and wait to be received.
int clinux_unread_bytes(int descriptor);
int clinux_shutdown_writing(int descriptor);
int clinux_shutdown(int descriptor);
// Lets close reset a connection and drop what the peer has not taken.
int clinux_drop_unsent(int descriptor);
int clinux_close(int descriptor);
int clinux_open_reserve(void);

// Lazily committed, zeroed pages; null when the address space is exhausted.
void *clinux_map(size_t bytes);
void clinux_unmap(void *base, size_t bytes);
// Gives the pages of a private mapping back, from the start of one on; they are zeros afterwards.
void clinux_discard(void *start, size_t bytes);

// What a descriptor of shared memory is.
struct clinux_memory {
  uint64_t device;
  uint64_t inode;
  uint64_t size;
  uint32_t owner;
  // Sealed with F_SEAL_SHRINK and F_SEAL_GROW: its end stays where it is (memfd_create(2)).
  int keeps_size;
  // Sealed with F_SEAL_FUTURE_WRITE or F_SEAL_WRITE: nobody can punch holes.
  int keeps_pages;
  // Has as many blocks as bytes.
  int is_allocated;
};
// -EINVAL for anything but a regular file in memory (tmpfs, which memfds are, too).
int clinux_describe_memory(int descriptor, struct clinux_memory *memory);
// Gives up what lies beyond the end of a descriptor of that size, which must not have changed.
int clinux_trim(int descriptor, uint64_t size);
// Whether the kernel may refuse pages that a mapping has room for (vm.overcommit_memory = 2).
int clinux_refuses_pages(void);
// Opens a POSIX shared memory object by its name without the slash; follows no link.
int clinux_open_shared(const char *name, int writable);
// Maps part of a descriptor; null when it cannot be. The offset is a multiple of the page size.
void *clinux_map_shared(int descriptor, uint64_t offset, size_t bytes, int writable);
size_t clinux_page_size(void);
ssize_t clinux_read_at(int descriptor, void *bytes, size_t count, uint64_t offset);
ssize_t clinux_write_at(int descriptor, const void *bytes, size_t count, uint64_t offset);

// Lets the calling thread run only a little where others want to: niceness 19 and, from Linux 6.12 on, slices
// of 0.1 ms. Who may not do that runs as the others do.
int clinux_run_behind_others(void);
// Lets a thread run that waits for this processor.
void clinux_give_way(void);

#endif
