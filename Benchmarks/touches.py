#!/usr/bin/env python3
"""How often each byte of a request is read on its way through the service.

    python3 Benchmarks/touches.py [path to the executable]

The service runs under callgrind with a simulated cache of 128 KiB: a pass over a tensor misses it once
per line of 64 bytes, a second pass after more than 128 KiB misses again. Misses of a scenario, less those
of the same request with tensors of a few bytes, times 64 are the bytes that were touched; divided by
the bytes of the tensors they are the touches. What the kernel copies into and out of sockets is not
counted: that is one write of each byte that comes in, and one read of each that goes out.
"""
import re
import subprocess
import sys
import tempfile

import numpy

import instructions
from service import ROOT, safetensors

CACHES = ["--cache-sim=yes", "--D1=32768,8,64", "--LL=131072,16,64"]
SETTINGS = {"strategy": "llava-onevision-7b@0.25", "timing": False}


def bodies():
    """Scenario, tensors in bytes, body."""
    random = numpy.random.default_rng(7)
    row = random.random(729, numpy.float32) ** 8
    mean = numpy.broadcast_to((row / row.sum()).astype(numpy.float16), (1, 729, 729))
    heads = numpy.broadcast_to(mean, (1, 16, 729, 729))
    tokens = random.standard_normal((1, 729, 3584)).astype(numpy.float16)
    importance = random.random((1, 729), numpy.float32)
    kinds = {"float16": "F16", "float32": "F32"}
    for name, parts in (
            ("importance in, indices out", {"importance": importance}),
            ("head mean in, indices out", {"attention": mean}),
            ("importance and tokens in, tokens out", {"importance": importance, "tokens": tokens}),
            ("attention of 16 heads in, indices out", {"attention": heads})):
        yield name, sum(array.nbytes for array in parts.values()), safetensors(
            [(key, kinds[str(array.dtype)], list(array.shape), array.tobytes())
             for key, array in parts.items()], SETTINGS)


class Service(instructions.Service):
    """The service under callgrind with a cache."""

    def misses(self):
        """Lines that were read and written beyond the cache since the counters were set to zero."""
        self.control("--dump")
        file = max(self.folder.glob("counts.*"), key=lambda path: path.stat().st_mtime_ns)
        text = file.read_text(encoding="utf-8", errors="replace")
        file.unlink()
        events = re.search(r"^events: (.*)$", text, re.M).group(1).split()
        totals = re.search(r"^(?:summary|totals): (.*)$", text, re.M).group(1).split()
        counts = dict(zip(events, map(int, totals)))
        return counts["DLmr"], counts["DLmw"]


def main():
    program = sys.argv[1] if len(sys.argv) > 1 else str(ROOT / ".build/release/vflowopt")
    rounds, base = 3, None
    print("| request | tensors in | read beyond the cache | per byte in | written beyond the cache |")
    print("|---|---|---|---|---|")
    with tempfile.TemporaryDirectory() as folder:
        service = Service(program, folder, "avx2", CACHES)
        try:
            for name, size, body in bodies():
                for _ in range(2):
                    service.request("POST", "/v1/prune", body)
                service.control("--zero")
                for _ in range(rounds):
                    service.request("POST", "/v1/prune", body)
                read, written = (count * 64 / rounds for count in service.misses())
                base = base or (read, written)
                read, written = read - base[0], written - base[1]
                if name.startswith("importance in"):
                    continue
                print(f"| {name} | {size:,} | {read:,.0f} | {read / size:.2f} | {written:,.0f} |")
        finally:
            service.process.terminate()
            service.process.wait(120)


if __name__ == "__main__":
    try:
        main()
    except subprocess.CalledProcessError as error:
        sys.exit(f"{error.cmd[0]}: {error.stderr}")
