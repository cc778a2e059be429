#!/usr/bin/env bash
# Runs every test. A suite of this size buries a failure under thousands of lines, so what failed is
# said again at the end, where a log that was cut short still shows it.
set -uo pipefail
cd "$(dirname "$0")/.."

log=$(mktemp)
trap 'rm -f "$log"' EXIT
swift test "$@" 2>&1 | tee "$log"
status=$?
if [ "$status" -ne 0 ]; then
  printf '\nWhat failed:\n'
  grep -E '✘|error: |recorded an issue|Fatal error|signal [0-9]' "$log" | grep -vE '✘ Suite ' |
    tail -n 15 | cut -c 1-400
fi
exit "$status"
