#!/usr/bin/env python3
"""Counts the instructions of hot paths under callgrind and compares them with committed baselines.

    python3 Benchmarks/instructions.py [path to the executable]            compare, exit 1 if one grew
    python3 Benchmarks/instructions.py [path to the executable] --update   write the baselines anew

Times on a shared machine say little about a change of some percent; counts of instructions hardly
move. One service runs under valgrind with the AVX2 kernels (valgrind has no AVX-512; without AVX2
the portable ones have baselines of their own). Each scenario is warmed up, the counters are set to
zero, and after some requests they are read: in all, and with everything that it calls for each phase.
A count may grow by TOLERANCE before it fails; one that has become much smaller is told, so that the
baseline can follow. Counts depend on compiler and C library: the baselines are those of the toolchain
in .swift-version on Debian 12.
"""
import argparse
import http.client
import json
import os
import pathlib
import random
import re
import shutil
import signal
import struct
import subprocess
import sys
import tempfile

from service import ROOT, safetensors

BASELINES = ROOT / "Benchmarks/instructions.json"
TOLERANCE = 0.10
SETTINGS = {"strategy": "llava-onevision-7b@0.25", "timing": False}
FRESH = object()
KIND = {"Content-Type": "application/vnd.safetensors"}
# The functions that the phases are, by parts of their mangled names; the largest match counts.
PHASES = {
    "decode": ("PruneRequestV_2as10strategies",),
    "importance": ("PrunerV10importance", "ImportanceCalculationV3map"),
    "selection": ("SelectorV9selection",),
    "recycle and gather": ("PrunerV6gather",),
    "encode": ("OperationRunV7encoded",),
    "adding heads": ("BodyCondensationC8condense",),
}


def scenarios():
    """Name, requests, method, path, body, and the phases that are told apart."""
    generator = random.Random(7)
    row = [generator.random() ** 8 for _ in range(729)]
    halves = struct.pack("<729e", *(value / sum(row) for value in row)) * 729
    floats = struct.pack("<729f", *row)
    tokens = struct.pack("<64e", *(generator.random() for _ in range(64))) * 729 * 4
    attention = ("attention", "F16", [1, 729, 729], halves)
    # A connection remembers its last head, so one that is new each time is what parsing costs.
    yield "GET /livez, the same head again", 200, "GET", "/livez", None, ()
    yield "GET /livez, a new head each time", 200, "GET", "/livez", FRESH, ()
    yield ("importance in, indices out", 20, "POST", "/v1/prune",
           safetensors([("importance", "F32", [1, 729], floats)], SETTINGS),
           ("decode", "selection", "encode"))
    yield ("head mean in, indices out", 10, "POST", "/v1/prune",
           safetensors([attention], SETTINGS), ("decode", "importance", "selection", "encode"))
    yield ("tokens [729,256] in and out", 10, "POST", "/v1/prune",
           safetensors([attention, ("tokens", "F16", [1, 729, 256], tokens)], SETTINGS),
           ("importance", "recycle and gather", "encode"))
    yield ("attention [8,729,729] in, indices out", 3, "POST", "/v1/prune",
           safetensors([("attention", "F16", [1, 8, 729, 729], halves * 8)], SETTINGS),
           ("adding heads", "importance", "selection"))


class Service:
    """The service under callgrind."""

    def __init__(self, program, folder, kernels, flags=()):
        self.folder = pathlib.Path(folder)
        # Valgrind does not read the debugging information of this compiler; names are enough.
        plain = self.folder / "vflowopt"
        subprocess.run(["objcopy", "--strip-debug", program, str(plain)], check=True)
        self.process = subprocess.Popen(
            ["valgrind", "--tool=callgrind", "--quiet", "--compress-strings=no", *flags,
             f"--callgrind-out-file={self.folder}/counts", str(plain), "serve", "--port", "0",
             "--threads", "1", "--log-level", "error", "--store", "memory:"],
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
            env={**os.environ, "VFLOWOPT_KERNEL_SET": kernels})
        self.port = int(self.process.stdout.readline().rsplit(":", 1)[1])
        self.count = 0
        self.connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=120)

    def request(self, method, path, body):
        self.count += 1
        fields = {"X-Request-Id": f"instructions-{self.count:08}"} if body is FRESH else \
            KIND if body else {}
        self.connection.request(method, path, None if body is FRESH else body, fields)
        answer = self.connection.getresponse()
        text = answer.read()
        if answer.status != 200:
            sys.exit(f"{path}: {answer.status} {text[:300]}")

    def control(self, action):
        subprocess.run(["callgrind_control", action, str(self.process.pid)], check=True,
                       capture_output=True)

    def dump(self):
        """The newest dump's total and inclusive counts by function."""
        self.control("--dump")
        file = max(self.folder.glob("counts.*"), key=lambda path: path.stat().st_mtime_ns)
        told = subprocess.run(
            ["callgrind_annotate", "--inclusive=yes", "--threshold=100", "--auto=no", str(file)],
            check=True, capture_output=True, text=True).stdout
        file.unlink()
        counts = {}
        for line in told.splitlines():
            if match := re.match(r"\s*([\d,]+) \([^)]*\)\s+(.*)", line):
                counts.setdefault(match.group(2), int(match.group(1).replace(",", "")))
        total = next(count for name, count in counts.items() if name.startswith("PROGRAM TOTALS"))
        return total, counts


def measure(program, kernels):
    """Instructions per request by scenario and phase."""
    found = {}
    with tempfile.TemporaryDirectory() as folder:
        service = Service(program, folder, kernels)
        try:
            for name, rounds, method, path, body, phases in scenarios():
                for _ in range(3):
                    service.request(method, path, body)
                service.control("--zero")
                for _ in range(rounds):
                    service.request(method, path, body)
                total, counts = service.dump()
                found[name] = total // rounds
                for phase in phases:
                    matches = [count for function, count in counts.items()
                               if any(part in function for part in PHASES[phase])]
                    if matches:
                        found[f"{name}: {phase}"] = max(matches) // rounds
        finally:
            service.process.send_signal(signal.SIGTERM)
            service.process.wait(120)
    return found


def compare(found, baselines):
    """Prints the table; whether nothing has grown."""
    good = True
    print("| instructions per request | baseline | now | |\n|---|---|---|---|")
    for name in {**baselines, **found}:
        before, now = baselines.get(name), found.get(name)
        if before is None or now is None:
            verdict, good = "has no baseline" if before is None else "is gone", False
        else:
            change = now / before - 1
            verdict = f"{change:+.1%}"
            if change > TOLERANCE:
                verdict, good = verdict + " GREW", False
            elif change < -2 * TOLERANCE:
                verdict += " (update the baseline)"
        print(f"| {name} | {before or ''} | {now or ''} | {verdict} |")
    return good


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("program", nargs="?", default=str(ROOT / ".build/release/vflowopt"))
    parser.add_argument("--update", action="store_true", help="write the baselines anew")
    options = parser.parse_args()
    for tool in ("valgrind", "callgrind_annotate", "objcopy"):
        if not shutil.which(tool):
            sys.exit(f"{tool} is missing: Scripts/install-packages.sh test")
    flags = pathlib.Path("/proc/cpuinfo").read_text(encoding="ascii")
    kernels = "avx2" if re.search(r"\bavx2\b", flags) else "portable"
    found = measure(options.program, kernels)
    known = json.loads(BASELINES.read_text(encoding="ascii")) if BASELINES.exists() else {}
    if options.update:
        known[kernels] = found
        BASELINES.write_text(json.dumps(known, indent=2) + "\n", encoding="ascii")
    if kernels not in known:
        print(f"there are no baselines for the {kernels} kernels; the counts are")
        known[kernels] = found
    if not compare(found, known[kernels]):
        sys.exit("a hot path has grown, or is not found; if that is meant, run with --update")


if __name__ == "__main__":
    main()
