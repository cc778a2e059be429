#!/usr/bin/env python3
"""One table in one run: kernels, codecs, the parser and whole requests over every transport, beside their peers.

    python3 Benchmarks/table.py [path to the executable] [--peer PYTHON] [--seconds 0.4] [--rounds 1]
        [--jobs 729] [--ways uds,tcp] [--connections 1,8,32] [--layers kernel,codec,parser,request]

Rows are what run.py (kernel), codecs.py (codec, parser) and transports.py (request) measure; their own tables have
further columns. In each round ours and the peers take a turn at the same; told are medians over the rounds. Options are
those of transports.py, --rounds is for all layers, the others are for requests.

layer, what: a kernel on one thread; reading the tensors of a body on one thread; parsing, routing and answering a
request without a body, 64 pipelined at a time; one image pruned, as Benchmarks/jobs.py has them.
way, connections: how requests come; the server has processor 0 and one worker, the client processor 1.
CPU µs: of kernels and codecs the median elapsed time of a thread that does nothing else, of parser and requests the
server's user and system time per answer.
p50 ms, p99 ms: of the round trips of a turn as the client sees them; of up to 100 answers p99 is the longest.
GB/s: bytes per second of that CPU. Kernels: what they must read. Codecs: the file; of safetensors the header alone
is read, tensors are views of it. Parser: the head. Requests: the tensors, also where they go in base64 or lie in shared
memory, and the answer with the rows that go out through a region.
÷ memcpy: that CPU over a memcpy of as many bytes from this Python, the best of several right after the turn, in
caches where they fit; for the parser 64 heads at once.
peer ÷ ours: the peer's time over ours in the same round, of several rounds the median with the smallest and the
largest. Kernels: elapsed times of numpy and torch on one thread. Codecs: elapsed times of libraries that Python
services use. Parser: httptools, elapsed, which only parses heads into dictionaries. Requests: processor time of
FastAPI with torch (Benchmarks/Peers/torch_app.py) for the same job in safetensors over TCP with as many connections;
it does not have tiles (7371x3584).
— : the column has no meaning there, or there is no peer; what is not installed is named above the table.

Peers run in PYTHON, by default the one that runs this.
"""
import subprocess
import sys

import reading
import run
import transports
from turns import Row, Turn, copying

# What a layer's peers cannot run without; others are left out one by one.
NEEDS = {"kernel": {"numpy", "torch"}, "codec": {"numpy"}, "parser": {"numpy"},
         "request": {"fastapi", "uvicorn", "torch", "safetensors"}}
LIBRARIES = {"safetensors", "orjson", "httptools"}.union(*NEEDS.values())


def missing(python):
    """The modules of peers that a Python does not have."""
    script = "import importlib.util, sys; print(*(n for n in sys.argv[1:] if not importlib.util.find_spec(n)))"
    done = subprocess.run([python, "-c", script, *sorted(LIBRARIES)], capture_output=True, text=True, check=True)
    return done.stdout.split()


def operations(measured, rounds, way=None, connections=None):
    """Rows of what run.py and reading.py yield, every one in every round."""
    found = {}
    for _ in range(rounds):
        for told in measured():
            name, batch = told.get("title", told["name"]), told.get("batch", 1)
            copy = copying(told["bytes"] * batch) / batch
            found.setdefault(name, Row(name, way, connections)).turns.append(
                Turn(told["seconds"], told["bytes"], copy, told["peers"]))
    return found.values()


def layers(options, absent):
    """What measures the rows of each layer."""
    pythons = {layer: None if needs & set(absent) else options.peer for layer, needs in NEEDS.items()}
    return {
        "kernel": lambda: operations(lambda: run.measured(python=pythons["kernel"]), options.rounds),
        "codec": lambda: operations(lambda: reading.tensors(pythons["codec"]), options.rounds),
        "parser": lambda: operations(
            lambda: reading.parsers(options.program, pythons["parser"]), options.rounds, "tcp", 1),
        "request": lambda: transports.measured(options, pythons["request"])}


def figure(number):
    """Three digits or so."""
    if number is None:
        return "—"
    return f"{number:.{0 if number >= 100 else 1 if number >= 10 else 2}f}"


def line(layer, row):
    """One line of the table."""
    place = [layer, row.what, row.way or "—", str(row.connections or "—")]
    if row.failure:
        return [*place, f"failed: {row.failure}"]
    trips = [row.median(name) for name in ("p50", "p99")]
    ratios = ", ".join(f"{peer} {ratio}" for peer, ratio in row.ratios().items())
    return [*place, figure(row.median("cpu") * 1e6), *(figure(trip and trip * 1e3) for trip in trips),
            figure(row.rate / 1e9), figure(row.copies), ratios or "—"]


def main():
    """Measures and prints."""
    parser = transports.command_line(__doc__.splitlines()[0])
    parser.set_defaults(peer=sys.executable)
    parser.add_argument("--layers", type=lambda text: text.split(","), default=list(NEEDS))
    options = parser.parse_args()
    absent = missing(options.peer)
    if absent:
        print(f"skipped: {options.peer} does not have {', '.join(absent)}\n")
    print("| layer | what | way | connections | CPU µs | p50 ms | p99 ms | GB/s | ÷ memcpy | peer ÷ ours |")
    print("|---|---|---|---|---|---|---|---|---|---|")
    for layer, rows in layers(options, absent).items():
        for row in rows() if layer in options.layers else ():
            print(f"| {' | '.join(line(layer, row))} |", flush=True)


if __name__ == "__main__":
    main()
