#!/usr/bin/env python3
"""One table: the same jobs over every transport, with one, eight and 32 connections.

    python3 Benchmarks/transports.py [path to the executable] [--seconds 0.4] [--rounds 1] [--peer PYTHON]
        [--jobs 729] [--ways uds,tcp] [--connections 1,8,32]

The server has processor 0 and one worker, the client processor 1. In each round the peer and then every way take a turn
of so many seconds (twice as long above 16 MiB) for a job and a number of connections. Told are medians over the rounds:

CPU is the server's own user and system time per answer, of all answers of a turn. p50 and p99 are percentiles of the
round trips of a turn as the client sees them, on a connection that sends its next request at once; of up to 100 answers
p99 is the longest. GB/s is what came in and went out per second of that processor time: the bytes of the job's tensors,
also where they went in base64 or lay in shared memory, and the answer's body, with the rows that went out through a
region. "÷ memcpy" is the CPU divided by a memcpy of as many bytes, in caches where they fit, the best of several right
after the turn, "peer" the CPU of FastAPI with torch (Benchmarks/Peers/torch_app.py, run by PYTHON) over ours for the
same job in safetensors over TCP with as many connections in the same round; of several rounds the median, with the
smallest and the largest. Faults are page faults of the server per answer, MB its largest resident size up to the last
round. A way that fails in one round is told as failed.

0.05 seconds that are not measured come before each turn of HTTP/1.1: what a row shows goes on for as long as the load
does. HTTP/2 needs h2load (nghttp2-client); its turns have half as many answers as the last one over the Unix socket or
TCP, without those before them 50, and at least one per connection. What is missing is left out. Benchmarks/jobs.py
tells what the jobs are.
"""
import argparse
import contextlib
import dataclasses
import json
import math
import os
import pathlib
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request

from jobs import jobs
from service import ROOT, cpu_seconds
from shared_memory import KINDS, Client
from turns import Row, Turn, copying

WAYS = ("memfd", "object", "uds", "tcp", "h2c", "h2 tls", "json")
PEER = "FastAPI+torch"
SERVER, CLIENT = (["taskset", "-c", number] for number in ("0", "1"))


class Service:
    """The service on every transport."""

    def __init__(self, program, folder):
        self.folder, self.path = pathlib.Path(folder), folder + "/socket"
        subprocess.run(
            ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
             "-nodes", "-keyout", folder + "/key.pem", "-out", folder + "/pem", "-days", "2",
             "-subj", "/CN=localhost"], check=True, capture_output=True)
        self.process = subprocess.Popen(
            [*SERVER, program, "serve", "--port", "0", "--tls-port", "0", "--unix-socket", self.path,
             "--tls-certificate", folder + "/pem", "--tls-key", folder + "/key.pem", "--threads", "1",
             "--log-level", "error", "--store", "memory:", "--shared-memory-memfd", "on",
             "--shared-memory-prefix", "/vflowopt-benchmark-", "--queue-wait-seconds", "60",
             "--keep-alive-timeout-seconds", "3600", "--in-flight-bytes", "8GiB", "--client-share-percent", "100",
             "--maximum-json-body-bytes", "1GiB"], stdout=subprocess.PIPE, text=True)
        lines = [self.process.stdout.readline() for _ in range(3)]
        ports = [re.search(r":(\d+)\s*$", line) for line in lines]
        secure = [bool(re.search("https|tls", line, re.I)) for line in lines]
        self.ports = {is_secure: int(port.group(1)) for port, is_secure in zip(ports, secure) if port}

    @property
    def pid(self):
        return self.process.pid


def faults(pid):
    """Minor and major page faults so far."""
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rsplit(") ", 1)[1].split()
    return int(fields[7]) + int(fields[9])


def peak(pid):
    """The largest resident size in MB."""
    status = pathlib.Path(f"/proc/{pid}/status").read_text(encoding="ascii")
    return int(re.search(r"VmHWM:\s+(\d+)", status).group(1)) / 1000


def head(path, body, kind, accept):
    return (f"POST {path} HTTP/1.1\r\nHost: x\r\nContent-Type: {kind}\r\nAccept: {accept}\r\n"
            f"Content-Length: {len(body)}\r\n\r\n").encode()


class Measurement:
    """Runs a client against a server and tells what it has cost."""

    def __init__(self, pid, command):
        before, paged = cpu_seconds(pid), faults(pid)
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise RuntimeError(f"{' '.join(command[:6])}: {done.stdout[-300:]}{done.stderr[-300:]}")
        self.output = done.stdout
        self.cpu, self.faults = cpu_seconds(pid) - before, faults(pid) - paged
        self.peak = peak(pid)

    def of_client(self):
        told = json.loads(self.output)
        if told["failures"] or not told["answers"]:
            raise RuntimeError(self.output)
        self.answers, self.bytes = told["answers"], told["answer_bytes"]
        self.p50, self.p99 = told["p50"] / 1e6, told["p99"] / 1e6
        return self

    def of_h2load(self, log):
        trips = []
        for line in pathlib.Path(log).read_text(encoding="ascii").splitlines():
            _, status, micros = line.split()[:3]
            if status != "200":
                raise RuntimeError(f"h2load: status {status}")
            trips.append(int(micros) / 1e6)
        trips.sort()
        self.answers = len(trips)
        self.p50, self.p99 = trips[len(trips) // 2], trips[len(trips) * 99 // 100]
        size = re.search(r"\((\d+)\) data", self.output)
        self.bytes = int(size.group(1)) // max(self.answers, 1) if size else 0
        return self


@dataclasses.dataclass
class Request:
    """A job as it goes one way."""

    way: str
    file: pathlib.Path  # what the client sends: a whole request, for h2load a body
    written: int = 0  # bytes of an answer that go to shared memory
    kept: tuple = ()  # what must stay alive meanwhile

    @classmethod
    def prepared(cls, job, way, control, folder):
        """Puts tensors where the way needs them."""
        if way in ("memfd", "object"):
            return cls.shared(job, way, control, folder)
        if way.startswith("h2"):
            return cls(way, kept_file(folder, "body", job.safetensors))
        form = "json" if way == "json" else "safetensors"
        return cls(way, kept_file(folder, form, lambda: whole(
            job.json() if way == "json" else job.safetensors(), KINDS[form])))

    @classmethod
    def shared(cls, job, way, control, folder):
        """Tensors in memory that the service knows."""
        key = f"vflowopt-benchmark-{os.getpid()}" if way == "object" else None
        body, kept = job.shared(control, f"{way}-{job.name}-{job.kind}", key)
        accept = KINDS["safetensors" if job.kind == "indices" else "json"]
        request, written = whole(body, KINDS["json"], accept), 0
        if job.kind == "tokens":
            items = json.loads(control.request((request, b""))[1])["items"]
            written = sum(item["tokens"]["shared_memory"]["byte_size"] for item in items)
        return cls(way, kept_file(folder, way, lambda: request), written, tuple(kept))

    def forget(self):
        """Removes names that would outlive this run."""
        for region in self.kept:
            if region.name:
                os.unlink("/dev/shm/" + region.name)


def whole(body, kind, accept=None, path="/v1/prune"):
    """Head and body."""
    return head(path, body, kind, accept or kind) + body


def kept_file(folder, name, content):
    """Several ways send the same file."""
    file = pathlib.Path(folder, name)
    if not file.exists():
        file.write_bytes(content())
    return file


def posted(client, address, pid, file, connections, limit):
    """HTTP/1.1 by the client of this folder."""
    command = [*CLIENT, client, address, str(file), str(connections)]
    Measurement(pid, [*command, "0.05"])
    return Measurement(pid, [*command, str(limit)]).of_client()


def streamed(service, request, connections, count):
    """HTTP/2 by h2load, one stream per connection."""
    log = service.folder / "log"
    log.unlink(missing_ok=True)
    scheme, port = ("https", service.ports[True]) if "tls" in request.way else ("http", service.ports[False])
    kind = KINDS["safetensors"]
    return Measurement(
        service.pid,
        [*CLIENT, "h2load", "-n", str(max(count, connections)), "-c", str(connections), "-m", "1",
         "-t", "1", "-d", str(request.file), "-H", f"content-type: {kind}", "-H", f"accept: {kind}",
         f"--log-file={log}", f"{scheme}://127.0.0.1:{port}/v1/prune"]).of_h2load(log)


class Peer:
    """FastAPI with torch."""

    def __init__(self, python):
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.address = str(free.getsockname()[1])
        self.process = subprocess.Popen(
            [*SERVER, python, "-m", "uvicorn", "--app-dir", str(ROOT / "Benchmarks/Peers"),
             "torch_app:app", "--port", self.address, "--log-level", "error", "--no-access-log"],
            env=dict(os.environ, OMP_NUM_THREADS="1", MKL_NUM_THREADS="1"))
        while self.process.poll() is None:
            try:
                urllib.request.urlopen(f"http://127.0.0.1:{self.address}/empty", timeout=1).close()
                return
            except (OSError, urllib.error.URLError):
                time.sleep(0.1)
        sys.exit(f"{python} cannot run Benchmarks/Peers/torch_app.py")

    @property
    def pid(self):
        return self.process.pid


class Rounds:
    """Turns of the peer and of every way, for one job."""

    def __init__(self, job, service, client, other, options):
        self.job, self.service, self.client, self.options = job, service, client, options
        self.other = other if job.peer else None
        self.limit = options.seconds * (2 if job.size > 16 << 20 else 1)

    def rows(self):
        """One per way and number of connections."""
        with tempfile.TemporaryDirectory(dir=self.service.folder) as folder, contextlib.ExitStack() as kept:
            # Of this job: regions end with the connection that has registered them.
            control, requests = Client(self.service.path), []
            for way in self.options.ways:
                if shutil.which("h2load") or not way.startswith("h2"):
                    requests.append(Request.prepared(self.job, way, control, folder))
                    kept.callback(requests[-1].forget)
            theirs = self.other and kept_file(folder, "peer", lambda: whole(
                self.job.safetensors(), KINDS["safetensors"], path="/prune"))
            what = f"{self.job.name} {self.job.kind}"
            found = {(request.way, connections): Row(what, request.way, connections)
                     for request in requests for connections in self.options.connections}
            for connections in self.options.connections:
                for _ in range(self.options.rounds):
                    self.round(requests, connections, found, self.peers(theirs, connections))
        return found.values()

    def peers(self, file, connections):
        """The peer's turn: its processor time, if there is one."""
        if not file:
            return {}
        try:
            result = posted(self.client, self.other.address, self.other.pid, file, connections, self.limit)
        except RuntimeError as error:
            print(f"{PEER}, {connections} connections: {error}", file=sys.stderr)
            return {}
        return {PEER: result.cpu / result.answers}

    def round(self, requests, connections, found, peers):
        """A turn of every way that has not failed."""
        count = 50
        for request in requests:
            row = found[request.way, connections]
            if row.failure:
                continue
            try:
                result = self.turn(request, connections, count)
            except RuntimeError as error:
                row.failure = " ".join(str(error).split())
                continue
            if request.way in ("tcp", "uds"):
                count = math.ceil(result.answers / 2)
            moved = self.job.size + result.bytes + request.written
            row.turns.append(Turn(
                result.cpu / result.answers, moved, copying(moved), peers, result.p50, result.p99,
                result.faults / result.answers, result.peak))

    def turn(self, request, connections, count):
        if request.way.startswith("h2"):
            return streamed(self.service, request, connections, count)
        address = str(self.service.ports[False]) if request.way in ("tcp", "json") else "unix:" + self.service.path
        return posted(self.client, address, self.service.pid, request.file, connections, self.limit)


def measured(options, python):
    """A row per job, way and number of connections, beside the peer if there is a Python for it."""
    with tempfile.TemporaryDirectory() as folder:
        client = folder + "/load-client"
        source = ROOT / "Benchmarks/Sources/LoadClient/main.c"
        subprocess.run(["cc", "-O2", "-o", client, str(source)], check=True)
        service, other = Service(options.program, folder), None
        try:
            other = Peer(python) if python else None
            for job in jobs():
                if options.jobs in f"{job.name} {job.kind}":
                    yield from Rounds(job, service, client, other, options).rows()
        finally:
            for server in filter(None, (service, other)):
                server.process.send_signal(signal.SIGTERM)
                server.process.wait(60)


def command_line(description):
    """What is measured, and for how long."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("program", nargs="?", default=str(ROOT / ".build/release/vflowopt"))
    parser.add_argument("--seconds", type=float, default=0.4, help="of a turn")
    parser.add_argument("--rounds", type=int, default=1, choices=range(1, 100), metavar="N")
    parser.add_argument("--peer", metavar="PYTHON", help="with torch, fastapi, uvicorn and safetensors")
    parser.add_argument("--jobs", default="", help="only jobs whose name has this in it")
    parser.add_argument("--ways", type=lambda text: text.split(","), default=list(WAYS))
    parser.add_argument("--connections", default=[1, 8, 32],
                        type=lambda text: [int(number) for number in text.split(",")])
    return parser


def main():
    options = command_line(__doc__.splitlines()[0]).parse_args()
    print("| job | way | connections | CPU µs | p50 ms | p99 ms | GB/s | ÷ memcpy | peer "
          "| faults | MB |\n|---|---|---|---|---|---|---|---|---|---|---|")
    for row in measured(options, options.peer):
        place = f"| {row.what} | {row.way} | {row.connections} |"
        if row.failure:
            print(f"{place} failed: {row.failure} |", flush=True)
            continue
        cpu, p50, p99, faulted = (row.median(name) for name in ("cpu", "p50", "p99", "faults"))
        print(f"{place} {cpu * 1e6:.0f} | {p50 * 1e3:.2f} | {p99 * 1e3:.2f} | {row.rate / 1e9:.1f} "
              f"| {row.copies:.1f} | {row.ratios().get(PEER, '–')} | {faulted:.0f} | {row.turns[-1].peak:.0f} |",
              flush=True)


if __name__ == "__main__":
    sys.exit(main())
