// Debian 12 installs llhttp's sources and header with the package node-llhttp; elsewhere the
// header comes from the system's include path.
#if __has_include("/usr/share/include/llhttp/llhttp.h")
#include "/usr/share/include/llhttp/llhttp.h"
#else
#include_next <llhttp.h>
#endif
