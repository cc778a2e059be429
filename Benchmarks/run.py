#!/usr/bin/env python3
"""Prints one table: our kernels against the machine's read bandwidth, its fused multiply-adds, numpy and torch.

    python3 Benchmarks/run.py [KERNEL_SET]

Everything is measured in one run on one machine, on one thread; compare ratios, not times. µs is the median elapsed
time of a kernel, GB/s the bytes that it must read per second of that. "Share of read bandwidth" is the time in which
this machine reads the same bytes from where the kernel finds them, over the kernel's; "share of FMA peak" the time in
which it does as many multiplications and additions, all fused in the widest vectors, over the kernel's. "numpy ÷ ours"
and "torch ÷ ours" are their median times over ours. Peers are skipped, and said to be, when numpy or torch is missing.
"""

import json
import pathlib
import subprocess
import sys

HERE = pathlib.Path(__file__).parent


def built(product):
    """The path of a program of this package."""
    build = ["swift", "build", "-c", "release", "--package-path", HERE, "--product", product]
    subprocess.run(build, check=True, stdout=subprocess.DEVNULL)
    return HERE / ".build/release" / product


def rows(command):
    """The JSON lines that a command prints; None when it cannot run."""
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        print(f"skipped: {' '.join(map(str, command))}: {done.stderr.strip().splitlines()[-1:]}")
        return None
    return [json.loads(line) for line in done.stdout.splitlines()]


def measured(arguments=(), python=sys.executable):
    """A row per kernel, with seconds by peer as `peers`; without peers if there is no Python for them."""
    ours = rows([built("KernelBenchmarks"), *arguments])
    if ours is None:
        sys.exit(1)
    theirs = python and rows([python, HERE / "Peers/kernels.py"]) or []
    for row in ours:
        yield {**row, "peers": {peer["peer"]: peer["seconds"] for peer in theirs if peer["name"] == row["name"]}}


def main():
    """Builds, measures and prints."""
    found = list(measured(sys.argv[1:]))
    print("| kernel | µs | GB/s | share of read bandwidth | share of FMA peak | numpy ÷ ours | torch ÷ ours |")
    print("|---|---|---|---|---|---|---|")
    for row in found:
        seconds, peers = row["seconds"], row["peers"]
        ratio = [f"{peers[peer] / seconds:.1f}" if peer in peers else "–" for peer in ("numpy", "torch")]
        peak = row["arithmetic_seconds"] / seconds
        print(
            f"| {row['name']} | {seconds * 1e6:.0f} | {row['bytes'] / seconds / 1e9:.1f} "
            f"| {row['floor_seconds'] / seconds:.2f} | {f'{peak:.2f}' if peak else '–'} | {ratio[0]} | {ratio[1]} |"
        )


if __name__ == "__main__":
    main()
