#!/usr/bin/env python3
"""One table: the same jobs over every transport, with one, eight and 32 connections.

    python3 Benchmarks/transports.py [path to the executable] [--seconds 0.4] [--peer PYTHON]
        [--jobs 729] [--ways uds,tcp] [--connections 1,8,32]

The server has processor 0 and one worker, the client processor 1. CPU is the server's own user and
system time per answer. GB/s is what came in and went out per second of that processor time, "÷ memcpy"
the CPU divided by a memcpy of as many bytes in the same run, "peer" the CPU of FastAPI with torch
(Benchmarks/Peers/torch_app.py, run by PYTHON) over ours for the same body over TCP with as many
connections. Faults are page faults of the server per answer, memory its largest resident size so far. A round of
answers that is not measured comes before each row of HTTP/1.1: what a row shows goes on for as long
as the load does.
HTTP/2 needs h2load (nghttp2-client); what is missing is left out.

Jobs: 576x4096 and 729x3584 are one grid with head-mean attention in F16; 729h is 729x3584 with the
attention of 16 heads; 7371x3584 are ten tiles. "tokens" sends tokens and gets them pruned, "indices"
sends attention alone. In JSON tensors are base64.
"""
import argparse
import base64
import contextlib
import json
import math
import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request

import numpy

from service import ROOT, cpu_seconds, safetensors
from shared_memory import F_SEAL_FUTURE_WRITE, KINDS, Client, Region, place, seconds

SETTINGS = {"strategy": "llava-onevision-7b@0.25", "timing": False}
ANYRES = {"kind": "anyres", "side": 27, "tile_pixels": 384, "image_width": 1152,
          "image_height": 1152, "max_tiles": 9}
WAYS = ("memfd", "object", "uds", "tcp", "h2c", "h2 tls", "json")
SERVER, CLIENT = (["taskset", "-c", number] for number in ("0", "1"))


class Job:
    """The tensors of one image."""

    def __init__(self, name, count, width, tiles=0, heads=0, sends_tokens=False):
        random = numpy.random.default_rng(7)
        shape = ([tiles] if tiles else []) + ([heads] if heads else []) + [count, count]
        weights = random.random(count, numpy.float32) ** 8
        attention = numpy.broadcast_to((weights / weights.sum()).astype(numpy.float16), shape)
        self.name, self.kind = name, "tokens" if sends_tokens else "indices"
        self.peer = not tiles
        self.tensors = [("attention", attention.reshape([1] + shape))]
        self.settings = dict(SETTINGS, layout=ANYRES) if tiles else dict(SETTINGS)
        if sends_tokens:
            rows = random.standard_normal((1, *shape[:1 if tiles else 0], count, width))
            self.tensors.append(("tokens", rows.astype(numpy.float16)))
            if tiles:
                self.tensors.append(("newline", numpy.zeros((1, width), numpy.float16)))
        self.tensors = [(name, numpy.ascontiguousarray(array)) for name, array in self.tensors]
        self.size = sum(array.nbytes for _, array in self.tensors)

    def safetensors(self):
        return safetensors(
            [(name, "F16", list(array.shape), array.tobytes()) for name, array in self.tensors],
            self.settings)

    def json(self):
        parts = {name: {"dtype": "F16", "shape": list(array.shape),
                        "base64": base64.b64encode(array).decode()} for name, array in self.tensors}
        return json.dumps({**self.settings, **parts}).encode()

    def shared(self, client, name, key):
        """Puts the tensors into memory that the service knows, and refers to them."""
        region = Region(self.size + 4096, key, seals=0 if key else F_SEAL_FUTURE_WRITE)
        client.register(name, region)
        body, offset = dict(self.settings), 0
        for tensor, array in self.tensors:
            region.memory[offset:offset + array.nbytes] = array.tobytes()
            body[tensor] = {"dtype": "F16", "shape": list(array.shape),
                            "shared_memory": place(name, offset, array.nbytes)}
            offset += (array.nbytes + 63) // 64 * 64
        kept = [region]
        if self.kind == "tokens":
            output = Region(self.size, key and key + "-out")
            client.register(name + "-out", output)
            body["output_shared_memory"] = place(name + "-out", 0, self.size)
            kept.append(output)
        return json.dumps(body).encode(), kept


def jobs():
    """In the order of the table."""
    for sends in (False, True):
        yield Job("576x4096", 576, 4096, sends_tokens=sends)
        yield Job("729x3584", 729, 3584, sends_tokens=sends)
        if not sends:
            yield Job("729h", 729, 3584, heads=16)
        yield Job("7371x3584", 729, 3584, tiles=10, sends_tokens=sends)


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
             "--in-flight-bytes", "8GiB", "--client-share-percent", "100",
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


def posted(client, address, pid, folder, request, connections, limit):
    """HTTP/1.1 by the client of this folder."""
    file = pathlib.Path(folder, "request")
    file.write_bytes(request)
    command = [*CLIENT, client, address, str(file), str(connections)]
    Measurement(pid, [*command, "0.05"])
    return Measurement(pid, [*command, str(limit)]).of_client()


def streamed(service, way, body, connections, count):
    """HTTP/2 by h2load, one stream per connection."""
    file, log = service.folder / "body", service.folder / "log"
    file.write_bytes(body)
    log.unlink(missing_ok=True)
    scheme, port = ("https", service.ports[True]) if "tls" in way else ("http", service.ports[False])
    kind = KINDS["safetensors"]
    return Measurement(
        service.pid,
        [*CLIENT, "h2load", "-n", str(max(count, connections)), "-c", str(connections), "-m", "1",
         "-t", "1", "-d", str(file), "-H", f"content-type: {kind}", "-H", f"accept: {kind}",
         f"--log-file={log}", f"{scheme}://127.0.0.1:{port}/v1/prune"]).of_h2load(log)


def prepared(job, way, client):
    """A request over HTTP/1.1, and what must stay alive meanwhile."""
    if way in ("memfd", "object"):
        name = f"{way}-{job.name}-{job.kind}"
        key = f"vflowopt-benchmark-{os.getpid()}" if way == "object" else None
        body, kept = job.shared(client, name, key)
        return head("/v1/prune", body, KINDS["json"], KINDS["safetensors"]
                    if job.kind == "indices" else KINDS["json"]) + body, kept
    kind = KINDS["json" if way == "json" else "safetensors"]
    body = job.json() if way == "json" else job.safetensors()
    return head("/v1/prune", body, kind, kind) + body, []


@contextlib.contextmanager
def peer(python):
    """FastAPI with torch; its process, or none."""
    if not python:
        yield None
        return
    process = subprocess.Popen(
        [*SERVER, python, "-m", "uvicorn", "--app-dir", str(ROOT / "Benchmarks/Peers"),
         "torch_app:app", "--port", "18082", "--log-level", "error", "--no-access-log"],
        env=dict(os.environ, OMP_NUM_THREADS="1", MKL_NUM_THREADS="1"))
    try:
        for _ in range(300):
            try:
                urllib.request.urlopen("http://127.0.0.1:18082/empty", timeout=1).close()
                break
            except (OSError, urllib.error.URLError):
                time.sleep(0.1)
        yield process
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(30)


def copying(size):
    """Seconds of a memcpy of so many bytes."""
    source = numpy.ones(size, numpy.uint8)
    target = numpy.empty_like(source)
    return seconds(lambda: numpy.copyto(target, source), max(3, min(300, int(2e8 / size))))


def row(job, way, connections, result, theirs):
    moved = job.size + result.bytes
    if job.kind == "tokens" and way in ("memfd", "object"):
        moved += int(job.size * 0.265)  # rows that went out through the region
    cpu = result.cpu / result.answers
    ratio = f"{theirs / cpu:.1f}" if theirs else "–"
    return (f"| {job.name} {job.kind} | {way} | {connections} | {cpu * 1e6:.0f} | {result.p50 * 1e3:.2f} "
            f"| {result.p99 * 1e3:.2f} | {moved / cpu / 1e9:.1f} | {cpu / copying(moved):.1f} | {ratio} "
            f"| {result.faults / result.answers:.0f} | {result.peak:.0f} |")


def measure(job, service, client, options, other):
    """All rows of one job."""
    limit = options.seconds * (2 if job.size > 16 << 20 else 1)
    request, _ = prepared(job, "tcp", None)
    theirs = {}
    for connections in options.connections if other and job.peer else []:
        body = request.replace(b"POST /v1/prune ", b"POST /prune ", 1)
        result = posted(client, "18082", other.pid, service.folder, body, connections, limit)
        theirs[connections] = result.cpu / result.answers
    count = 50
    for way in options.ways:
        # Only now: a connection that says nothing for long is closed.
        control = Client(service.path)
        request, kept = prepared(job, way, control)
        for connections in options.connections:
            try:
                if way.startswith("h2"):
                    if not shutil.which("h2load"):
                        continue
                    result = streamed(service, way, job.safetensors(), connections, count)
                else:
                    address = str(service.ports[False]) if way in ("tcp", "json") \
                        else "unix:" + service.path
                    result = posted(
                        client, address, service.pid, service.folder, request, connections, limit)
                    if way in ("tcp", "uds"):
                        count = math.ceil(result.answers / 2)
            except RuntimeError as error:
                print(f"| {job.name} {job.kind} | {way} | {connections} | failed: {error} |")
                continue
            print(row(job, way, connections, result, theirs.get(connections)), flush=True)
        for region in kept:
            if region.name:
                os.unlink("/dev/shm/" + region.name)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("program", nargs="?", default=str(ROOT / ".build/release/vflowopt"))
    parser.add_argument("--seconds", type=float, default=0.4)
    parser.add_argument("--peer", help="a Python with torch, fastapi, uvicorn and safetensors")
    parser.add_argument("--jobs", default="", help="only jobs whose name has this in it")
    parser.add_argument("--ways", type=lambda text: text.split(","), default=list(WAYS))
    parser.add_argument("--connections", default=[1, 8, 32],
                        type=lambda text: [int(number) for number in text.split(",")])
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        client = folder + "/load-client"
        source = ROOT / "Benchmarks/Sources/LoadClient/main.c"
        subprocess.run(["cc", "-O2", "-o", client, str(source)], check=True)
        service = Service(options.program, folder)
        try:
            with peer(options.peer) as other:
                print("| job | way | connections | CPU µs | p50 ms | p99 ms | GB/s | ÷ memcpy | peer "
                      "| faults | MB |\n|---|---|---|---|---|---|---|---|---|---|---|")
                for job in jobs():
                    if options.jobs in f"{job.name} {job.kind}":
                        measure(job, service, client, options, other)
        finally:
            service.process.send_signal(signal.SIGTERM)
            service.process.wait(60)


if __name__ == "__main__":
    sys.exit(main())
