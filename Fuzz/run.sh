#!/usr/bin/env bash
# Builds one fuzz driver with libFuzzer and the address sanitizer and runs it.
#   Fuzz/run.sh                              every driver, 60 seconds each
#   Fuzz/run.sh DRIVER [SECONDS] [OPTION…]   one driver; options go to libFuzzer
#   Fuzz/run.sh DRIVER 0 FILE…               runs inputs once, such as a finding
#   Fuzz/run.sh DRIVER minimise              adds found inputs that widen the coverage to the corpus
set -euo pipefail
cd "$(dirname "$0")/.."

if [ $# -eq 0 ]; then
  for driver in FuzzSafetensors FuzzJSON FuzzHTTP1 FuzzHTTP2 FuzzInflate FuzzKernels; do "$0" "$driver" 60; done
  exit
fi

driver=$1
seconds=${2:-60}
shift $(($# < 2 ? $# : 2))

toolchain=$(dirname "$(dirname "$(readlink -f "$(command -v swift)")")")
library=$(find "$toolchain/lib/clang" -name "libclang_rt.fuzzer_no_main-$(uname -m).a" | head -n 1)
[ -n "$library" ] || { echo "Fuzz/run.sh: this toolchain has no libFuzzer" >&2; exit 69; }

scratch=${FUZZ_SCRATCH:-.build/fuzz}
# Optimised, yet with every overflow check: -O leaves them in. Coverage counters in all languages.
VFLOWOPT_FUZZ=1 swift build --scratch-path "$scratch" --product "$driver" --sanitize=address \
  -Xswiftc -O -Xswiftc -sanitize-coverage=edge,inline-8bit-counters,pc-table,trace-cmp \
  -Xcc -fsanitize=fuzzer-no-link -Xcxx -fsanitize=fuzzer-no-link \
  -Xlinker "$library" -Xlinker -lstdc++

# The crash handler of the runtime would hold the process after a finding.
export SWIFT_BACKTRACE=enable=no
program=$scratch/debug/$driver
found=$scratch/corpus/$driver
mkdir -p "$found" "$scratch/findings"
case $seconds in
  0) exec "$program" -rss_limit_mb=2048 "$@" ;;
  # The fewest small inputs that reach every edge: the corpus is part of the repository.
  minimise)
    exec "$program" -set_cover_merge=1 -use_counters=0 -max_len=600 -rss_limit_mb=2048 \
      "Fuzz/Corpus/$driver" "$found"
    ;;
esac

case $driver in
  FuzzSafetensors) dictionary=safetensors length=4096 ;;
  FuzzJSON) dictionary=json length=8192 ;;
  FuzzHTTP1) dictionary=http length=4096 ;;
  FuzzHTTP2) dictionary=http2 length=4096 ;;
  *) dictionary='' length=4096 ;;
esac
# New inputs go into the first folder, which git ignores; the committed corpus is read only.
exec nice -n 5 "$program" "$found" "Fuzz/Corpus/$driver" \
  ${dictionary:+"-dict=Fuzz/Dictionaries/$dictionary.dict"} \
  -max_total_time="$seconds" -max_len=$length -timeout=20 -rss_limit_mb=2048 \
  -artifact_prefix="$scratch/findings/$driver-" -print_final_stats=1 "$@"
