#define _GNU_SOURCE
#include "CLinux.h"

#include <sched.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

// Debian 12's C library has neither this structure (sched_setattr(2)) nor the call.
struct attributes {
  uint32_t size;
  uint32_t policy;
  uint64_t flags;
  int32_t nice;
  uint32_t priority;
  uint64_t runtime;
  uint64_t deadline;
  uint64_t period;
};

int clinux_run_behind_others(void) {
  struct attributes wanted = {
      .size = sizeof wanted, .policy = SCHED_OTHER, .nice = 19, .runtime = 100 * 1000};
  if (syscall(SYS_sched_setattr, 0, &wanted, 0) == 0) return 0;
  return setpriority(PRIO_PROCESS, 0, wanted.nice);
}

void clinux_give_way(void) { sched_yield(); }
