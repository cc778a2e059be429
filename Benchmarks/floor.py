#!/usr/bin/env python3
"""One image of 729 tokens in, indices out, against the floor of its transport, all in one run.

    python3 Benchmarks/floor.py [executable ...] [--rounds 12] [--pin]

For each program and each of the Unix socket and TCP: processor time of the server per request (user
and system, from the scheduler) for head-mean attention in F16 (1.06 MB), for a finished importance
(3 kB) and for an empty request (a plan of four tokens), and the round trip's median and 99th
percentile. The floor is a bare loop that receives the same bytes from the same client into one buffer
and answers as many, plus reading them once at the memory's bandwidth, which is that of a buffer larger
than the caches. Programs, bodies and floor take turns, medians are told, so other load touches all of
them alike. With --pin servers have processor 0 and clients processor 1.
"""
import argparse
import contextlib
import json
import os
import pathlib
import select
import signal
import socket
import statistics
import subprocess
import sys
import tempfile

import numpy

from service import ROOT, cpu_seconds, safetensors
from shared_memory import KINDS, STRATEGY, seconds

PLAN = b'{"items":[{"input_tokens":4,"layout":{"kind":"grid","rows":2,"columns":2}}],' \
    b'"strategy":{"recycling":"none","stages":[{"layer":0,"retain_ratio":0.5}]}}'
ANSWER = 8192


def request(path, body, kind):
    return (f"POST {path} HTTP/1.1\r\nHost: x\r\nContent-Type: {kind}\r\n"
            f"Content-Length: {len(body)}\r\n\r\n").encode() + body


def requests():
    """Name, whole request."""
    row = numpy.random.default_rng(7).random(729, numpy.float32) ** 8
    importance = safetensors([("importance", "F32", [1, 729], row.tobytes())], {"strategy": STRATEGY})
    # Eight tokens that receive fifty times the mean, so that there are global ones to be averaged.
    row[50::90] = 50 * row.mean()
    attention = numpy.broadcast_to((row / row.sum()).astype(numpy.float16), (1, 729, 729))
    image = safetensors(
        [("attention", "F16", list(attention.shape), attention.tobytes())], {"strategy": STRATEGY})
    return {"head mean": request("/v1/prune", image, KINDS["safetensors"]),
            "importance": request("/v1/prune", importance, KINDS["safetensors"]),
            "empty": request("/v1/plan", PLAN, KINDS["json"])}


class Service:
    """A program that listens on both transports."""

    def __init__(self, program, folder, prefix):
        path = f"{folder}/{os.urandom(4).hex()}"
        self.process = subprocess.Popen(
            [*prefix, program, "serve", "--port", "0", "--unix-socket", path, "--log-level", "error",
             "--store", "memory:"], stdout=subprocess.PIPE, text=True)
        lines = [self.process.stdout.readline() for _ in range(2)]
        port = next(line for line in lines if "://" in line).rsplit(":", 1)[1].strip().rstrip("/")
        self.addresses = {"uds": "unix:" + path, "tcp": port}
        self.pid = self.process.pid

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(60)


class Floor:
    """Receives requests of one size and looks at nothing."""

    def __init__(self, folder, size, prefix):
        listeners = {"uds": socket.socket(socket.AF_UNIX), "tcp": socket.create_server(("127.0.0.1", 0))}
        path = f"{folder}/floor"
        listeners["uds"].bind(path)
        listeners["uds"].listen()
        self.addresses = {"uds": "unix:" + path, "tcp": str(listeners["tcp"].getsockname()[1])}
        self.pid = os.fork()
        if self.pid == 0:
            if prefix:
                os.sched_setaffinity(0, {0})
            buffer = memoryview(bytearray(size))
            answer = f"HTTP/1.1 200 OK\r\nContent-Length: {ANSWER}\r\n\r\n".encode() + b"x" * ANSWER
            with contextlib.suppress(KeyboardInterrupt):
                while True:
                    ready = select.select(list(listeners.values()), [], [])[0][0]
                    self.serve(ready.accept()[0], buffer, answer)
            os._exit(0)

    @staticmethod
    def serve(peer, buffer, answer):
        if peer.family == socket.AF_INET:
            peer.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        got = 0
        while count := peer.recv_into(buffer[got:]):
            got += count
            if got == len(buffer):
                peer.sendall(answer)
                got = 0

    def stop(self):
        os.kill(self.pid, signal.SIGKILL)
        os.waitpid(self.pid, 0)


def measure(client, pid, address, file, time, prefix):
    """Processor time per request in microseconds and the round trips' percentiles."""
    before = cpu_seconds(pid)
    told = json.loads(subprocess.run(
        [*prefix, client, address, file, "1", str(time)], check=True, capture_output=True,
        text=True).stdout)
    if told["failures"] or not told["answers"]:
        sys.exit(f"{address}: {told}")
    return (cpu_seconds(pid) - before) / told["answers"] * 1e6, told["p50"], told["p99"]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("programs", nargs="*", default=[str(ROOT / ".build/release/vflowopt")])
    parser.add_argument("--rounds", type=int, default=12)
    parser.add_argument("--time", type=float, default=0.25, help="seconds of a turn")
    parser.add_argument("--pin", action="store_true")
    options = parser.parse_args()
    ours, theirs = (["taskset", "-c", "0"], ["taskset", "-c", "1"]) if options.pin else ([], [])
    with tempfile.TemporaryDirectory() as folder:
        client = folder + "/load-client"
        subprocess.run(["cc", "-O2", "-o", client,
                        str(ROOT / "Benchmarks/Sources/LoadClient/main.c")], check=True)
        bodies, files = requests(), {}
        for name, body in bodies.items():
            files[name] = f"{folder}/{name.replace(' ', '-')}"
            pathlib.Path(files[name]).write_bytes(body)
        floor = Floor(folder, len(bodies["head mean"]), ours)
        services = {program: Service(program, folder, ours) for program in options.programs}
        memory = numpy.ones(32 << 20, numpy.uint64)
        found, reads = {}, []
        try:
            for turn in range(options.rounds + 1):
                reads.append(seconds(lambda: numpy.bitwise_or.reduce(memory), 2)
                             * len(bodies["head mean"]) / memory.nbytes * 1e6)
                for way in ("uds", "tcp"):
                    jobs = [("floor", floor, "head mean")] + [
                        (program, service, name) for name in files
                        for program, service in services.items()]
                    for program, server, name in jobs:
                        result = measure(client, server.pid, server.addresses[way], files[name],
                                         options.time, theirs)
                        if turn:
                            found.setdefault((way, name, program), []).append(result)
        finally:
            floor.stop()
            for service in services.values():
                service.stop()
    read = statistics.median(reads)
    print(f"load average {os.getloadavg()[0]:.1f}; reading once {read:.0f} µs\n")
    print("| way | what | program | CPU µs | p50 µs | p99 µs | ratio |\n|---|---|---|---|---|---|---|")
    for (way, name, program), results in found.items():
        cpu, p50, p99 = (statistics.median(column) for column in zip(*results))
        bare = statistics.median(result[0] for result in found[way, "head mean", "floor"])
        if program == "floor":
            ratio = f"{bare:.0f} + {read:.0f} = 1"
        elif name == "head mean":
            ratio = f"{cpu / (bare + read):.2f} of the floor"
        else:
            empty = statistics.median(result[0] for result in found[way, "empty", program])
            ratio = f"{cpu / empty:.2f} of empty"
        label = pathlib.Path(program).name if program == "floor" else program
        print(f"| {way} | {name} | {label} | {cpu:.1f} | {p50:.0f} | {p99:.0f} | {ratio} |")


if __name__ == "__main__":
    main()
