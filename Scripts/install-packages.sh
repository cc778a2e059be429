#!/bin/sh
# Installs the Debian packages of the named sections of deploy/packages.txt that are missing.
#
#   Scripts/install-packages.sh build test      install what is missing
#   Scripts/install-packages.sh --list run      print the names only
#
# It never asks, uses sudo only when not root, and touches the network only when something is
# missing. On a system without dpkg it names the packages and goes on.
set -eu

list="$(dirname "$0")/../deploy/packages.txt"

names_of() {
  awk -v wanted=" $* " '
    /^\[/ { section = substr($1, 2, length($1) - 2); known[section] = 1; next }
    /^[^#]/ && index(wanted, " " section " ") && !seen[$1]++ { print $1 }
    END {
      count = split(wanted, names, " ")
      for (i = 1; i <= count; i++)
        if (!(names[i] in known)) { print "unknown section: " names[i] > "/dev/stderr"; exit 64 }
    }' "$list"
}

is_installed() {
  [ "$(dpkg-query -W -f='${db:Status-Status}' "$1" 2>/dev/null)" = installed ]
}

run() {
  printf '+ %s\n' "$*"
  "$@"
}

if [ "${1:-}" = --list ]; then
  shift
  names_of "$@"
  exit
fi

names=$(names_of "$@")
if ! command -v dpkg-query >/dev/null 2>&1; then
  echo "Not a Debian system; these packages, or their equals, are needed:" $names
  exit 0
fi

missing=
for name in $names; do
  is_installed "$name" || missing="$missing $name"
done
[ -n "$missing" ] || exit 0

echo "Missing Debian packages ($*):$missing"
as_root=
if [ "$(id -u)" -ne 0 ]; then
  if ! command -v sudo >/dev/null 2>&1; then
    echo "Not root and no sudo. As root, run: apt-get install --no-install-recommends$missing" >&2
    exit 69
  fi
  as_root=sudo
fi
apt="$as_root env DEBIAN_FRONTEND=noninteractive apt-get -q -o DPkg::Lock::Timeout=300"
run $apt update || echo "Package lists could not be refreshed; trying with those at hand."
run $apt install --yes --no-install-recommends $missing
