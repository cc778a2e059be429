#!/bin/sh
# Serves on 127.0.0.1 with the built-in defaults, after printing a request to paste.
set -eu
binary=$1
port=${2:-8080}
url="http://127.0.0.1:$port"
cat <<MESSAGE

Paste this into another terminal: sixteen tokens on a 4x4 grid, half of them kept.

  curl -s $url/v1/prune -H 'Content-Type: application/json' -d '{
    "strategy": {"method": "vflowopt", "recycling_cell_size": 2,
                 "stages": [{"layer": 0, "retain_ratio": 0.5}]},
    "importance": {"dtype": "F32", "shape": [1, 16],
                   "data": [9, 1, 2, 8, 3, 4, 7, 1, 2, 6, 5, 1, 3, 2, 1, 4]}}'

How many tokens would a 24x24 image keep? (no tensors needed)

  curl -s $url/v1/plan -H 'Content-Type: application/json' -d '{
    "strategy": "llava-onevision-7b@0.25", "items": [{"input_tokens": 576}]}'

Stop with Control-C.

MESSAGE
# In memory, so that a trial leaves nothing behind.
exec "$binary" serve --host 127.0.0.1 --port "$port" --store memory:
