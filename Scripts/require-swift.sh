#!/bin/sh
# Stops with a plain sentence when there is no Swift toolchain, or none of version 6.3 or later.
#
#   Scripts/require-swift.sh presence    is there one on the PATH?
#   Scripts/require-swift.sh version     does it run, and is it recent enough?
#
# Two questions, because a fresh system lacks libraries that the toolchain itself loads:
# Scripts/install-packages.sh comes between them.
set -eu
if ! command -v swift >/dev/null 2>&1; then
  cat >&2 <<'MESSAGE'
swift was not found on the PATH. This project needs Swift 6.3 or later:
  https://www.swift.org/install/linux/   (Debian 12; unpack, then add usr/bin to the PATH)
or build in a container, which brings its own toolchain:  make image
MESSAGE
  exit 69
fi
[ "${1:-version}" = version ] || exit 0
version=$(swift --version 2>/dev/null | sed -n 's/.*Swift version \([0-9]*\.[0-9]*\).*/\1/p' | head -n 1)
case "$version" in
  6.[3-9] | 6.[1-9][0-9] | [7-9].* | [1-9][0-9].*) ;;
  *)
    echo "Swift 6.3 or later is needed; this one is ${version:-unknown} ($(command -v swift))." >&2
    exit 69
    ;;
esac
