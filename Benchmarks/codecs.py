#!/usr/bin/env python3
"""Prints one table: reading tensors and request heads, beside what Python services use for it.

    python3 Benchmarks/codecs.py [path to the executable]

The same bytes for all, on one thread, medians: head-mean attention of 729 tokens in F16 as safetensors and as JSON
with base64, and 27 x 729 numbers as JSON. Peers: safetensors with numpy, json, orjson. Heads are twelve fields, no two
alike: ours are parsed, routed and answered by the service, 64 pipelined at a time, told as its processor
time; the peer is httptools (llhttp under Python, as uvicorn has it), which only parses them into a dictionary.

Bytes are those of a file or of one head. µs is the time to read them once (elapsed time for tensors, processor time
for heads), GB/s the bytes per second of that; of safetensors only the header is read, tensors are views. "peers ÷ ours"
is the elapsed time of a peer (Benchmarks/Peers/reading.py) over ours. What is not installed is left out.
"""
import itertools
import sys

from reading import parsers, tensors
from service import ROOT


def main():
    program = sys.argv[1] if len(sys.argv) > 1 else str(ROOT / ".build/release/vflowopt")
    found = list(itertools.chain(tensors(), parsers(program)))
    print("| what is read | bytes | µs | GB/s | peers ÷ ours |\n|---|---|---|---|---|")
    for row in found:
        ratios = [f"{peer} {seconds / row['seconds']:.1f}" for peer, seconds in row["peers"].items()]
        print(f"| {row['title']} | {row['bytes']} | {row['seconds'] * 1e6:.1f} "
              f"| {row['bytes'] / row['seconds'] / 1e9:.2f} | {', '.join(ratios) or '–'} |")


if __name__ == "__main__":
    main()
