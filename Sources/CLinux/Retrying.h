// Repeats a system call that a signal has interrupted; a failure becomes -errno.
#pragma once

#include <errno.h>

#define RETRYING(expression)                              \
  ({                                                      \
    __typeof__(expression) result;                        \
    do {                                                  \
      result = (expression);                              \
    } while (result == -1 && errno == EINTR);             \
    result == -1 ? (__typeof__(result)) - errno : result; \
  })
