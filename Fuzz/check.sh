#!/usr/bin/env bash
# Compiles every fuzz driver, without libFuzzer and without linking: they must keep up with the sources.
set -euo pipefail
cd "$(dirname "$0")/.."

for driver in FuzzSafetensors FuzzJSON FuzzHTTP1 FuzzHTTP2 FuzzInflate FuzzKernels; do
  VFLOWOPT_FUZZ=1 swift build --target "$driver"
done
