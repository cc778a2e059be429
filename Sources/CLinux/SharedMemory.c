#define _GNU_SOURCE
#include "CLinux.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/magic.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <unistd.h>

#define RETRYING(expression)                              \
  ({                                                      \
    __typeof__(expression) result;                        \
    do {                                                  \
      result = (expression);                              \
    } while (result == -1 && errno == EINTR);             \
    result == -1 ? (__typeof__(result)) - errno : result; \
  })

int clinux_describe_memory(int descriptor, struct clinux_memory *memory) {
  struct stat status;
  struct statfs system;
  if (fstat(descriptor, &status) != 0) return -errno;
  // Pages of other file systems can fail to come: huge pages run out, FUSE is another process.
  if (!S_ISREG(status.st_mode) || status.st_size < 0) return -EINVAL;
  if (RETRYING(fstatfs(descriptor, &system)) != 0 || system.f_type != TMPFS_MAGIC) return -EINVAL;
  int seals = fcntl(descriptor, F_GET_SEALS);
  *memory = (struct clinux_memory){
      .device = status.st_dev,
      .inode = status.st_ino,
      .size = (uint64_t)status.st_size,
      .owner = status.st_uid,
      .cannot_shrink = seals >= 0 && (seals & F_SEAL_SHRINK) != 0};
  return 0;
}

int clinux_open_shared(const char *name, int writable) {
  char path[NAME_MAX + 16];
  int length = snprintf(path, sizeof path, "/dev/shm/%s", name);
  if (length < 0 || (size_t)length >= sizeof path) return -ENAMETOOLONG;
  // As shm_open(3); not blocking, because anybody may put a FIFO there.
  int flags = (writable ? O_RDWR : O_RDONLY) | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK;
  return RETRYING(open(path, flags));
}

void *clinux_map_shared(int descriptor, uint64_t offset, size_t bytes, int writable) {
  int protection = PROT_READ | (writable ? PROT_WRITE : 0);
  void *base = mmap(NULL, bytes, protection, MAP_SHARED, descriptor, (off_t)offset);
  return base == MAP_FAILED ? NULL : base;
}

size_t clinux_page_size(void) { return (size_t)sysconf(_SC_PAGESIZE); }

ssize_t clinux_read_at(int descriptor, void *bytes, size_t count, uint64_t offset) {
  return RETRYING(pread(descriptor, bytes, count, (off_t)offset));
}

ssize_t clinux_write_at(int descriptor, const void *bytes, size_t count, uint64_t offset) {
  return RETRYING(pwrite(descriptor, bytes, count, (off_t)offset));
}
