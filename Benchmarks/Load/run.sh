#!/usr/bin/env bash
# Every load script once, short: Benchmarks/Load/run.sh [path to the vflowopt executable]
# Client, proxy and service share this machine: read ratios and counts, not times. The soak is apart.
set -uo pipefail
here=$(dirname "$0")
binary=${1:-$here/../../.build/release/vflowopt}
status=0
for script in overload drain slow-clients rolling-restart crash; do
  printf '\n+ %s --binary %s\n' "$here/$script.py" "$binary"
  python3 "$here/$script.py" --binary "$binary" || status=1
done
for way in --drain-first --h2c; do
  printf '\n+ %s --binary %s %s\n' "$here/rolling-restart.py" "$binary" "$way"
  python3 "$here/rolling-restart.py" --binary "$binary" "$way" || status=1
done
exit $status
