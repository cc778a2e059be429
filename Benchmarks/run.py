#!/usr/bin/env python3
"""Prints one table: our kernels against the machine's read bandwidth, its fused multiply-adds, numpy and torch.

Everything is measured in one run on one machine, on one thread; compare ratios, not times.
    make bench            (or: python3 Benchmarks/run.py [KERNEL_SET])
Peers are skipped, and said to be, when numpy or torch is missing.
"""

import json
import pathlib
import subprocess
import sys

HERE = pathlib.Path(__file__).parent


def rows(command):
    """The JSON lines that a command prints; None when it cannot run."""
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        print(f"skipped: {' '.join(map(str, command))}: {done.stderr.strip().splitlines()[-1:]}")
        return None
    return [json.loads(line) for line in done.stdout.splitlines()]


def main():
    """Builds, measures and prints."""
    build = ["swift", "build", "-c", "release", "--package-path", HERE, "--product"]
    subprocess.run([*build, "KernelBenchmarks"], check=True, stdout=subprocess.DEVNULL)
    ours = rows([HERE / ".build/release/KernelBenchmarks", *sys.argv[1:]])
    if ours is None:
        sys.exit(1)
    peers = rows([sys.executable, HERE / "Peers/kernels.py"]) or []
    times = {(row["peer"], row["name"]): row["seconds"] for row in peers}
    print("| kernel | µs | GB/s | share of read bandwidth | share of FMA peak | numpy ÷ ours | torch ÷ ours |")
    print("|---|---|---|---|---|---|---|")
    for row in ours:
        seconds, name = row["seconds"], row["name"]
        ratio = [
            f"{times[peer, name] / seconds:.1f}" if (peer, name) in times else "–"
            for peer in ("numpy", "torch")
        ]
        peak = row["arithmetic_seconds"] / seconds
        print(
            f"| {name} | {seconds * 1e6:.0f} | {row['bytes'] / seconds / 1e9:.1f} "
            f"| {row['floor_seconds'] / seconds:.2f} | {f'{peak:.2f}' if peak else '–'} | {ratio[0]} | {ratio[1]} |"
        )


if __name__ == "__main__":
    main()
