#define _GNU_SOURCE
#include "CLinux.h"
#include "Retrying.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/magic.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <unistd.h>

int clinux_describe_memory(int descriptor, struct clinux_memory *memory) {
  struct stat status;
  struct statfs system;
  // First, because it never asks a file system: only memory has seals (shmem and huge pages), and
  // fstat(2) may wait for another process, as long as that likes (FUSE).
  int seals = fcntl(descriptor, F_GET_SEALS);
  if (seals < 0) return -errno;
  if (fstat(descriptor, &status) != 0) return -errno;
  // Huge pages can run out.
  if (!S_ISREG(status.st_mode) || status.st_size < 0) return -EINVAL;
  if (RETRYING(fstatfs(descriptor, &system)) != 0 || system.f_type != TMPFS_MAGIC) return -EINVAL;
  int size = F_SEAL_SHRINK | F_SEAL_GROW;
  *memory = (struct clinux_memory){
      .device = status.st_dev,
      .inode = status.st_ino,
      .size = (uint64_t)status.st_size,
      .owner = status.st_uid,
      .keeps_size = (seals & size) == size,
      .keeps_pages = (seals & (F_SEAL_WRITE | F_SEAL_FUTURE_WRITE)) != 0,
      .is_allocated = (uint64_t)status.st_blocks * 512 >= (uint64_t)status.st_size};
  return 0;
}

int clinux_trim(int descriptor, uint64_t size) {
  return RETRYING(ftruncate(descriptor, (off_t)size));
}

int clinux_refuses_pages(void) {
  int file = RETRYING(open("/proc/sys/vm/overcommit_memory", O_RDONLY | O_CLOEXEC));
  if (file < 0) return 0;
  char mode = 0;
  ssize_t count = RETRYING(read(file, &mode, 1));
  close(file);
  return count == 1 && mode == '2';
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
