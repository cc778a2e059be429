#!/usr/bin/env python3
"""What docs/capacity.md rests on: cost per image, growth with its tokens, memory under load.

    python3 Benchmarks/capacity.py [path to the executable]

Table 1: processor time per request and requests per core and second, for 729 tokens over the Unix
socket, with one worker. Table 2: images of 576 to 16,384 tokens: what comes in, the service's
processor time, and that time per token and per element. Table 3: 32 clients at once with requests of
53 MB each (7371 x 3584 tokens in F16 and their importance), for ceilings of in-flight bytes: answers,
refusals, the largest resident size, and page faults of the first round and of later ones, with the
default buffer_pool_bytes (none) and with less than is in flight. Table 4: peak memory of per-head
attention, whose heads are added up while they arrive.
"""
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import threading

import numpy

from service import ROOT, cpu_seconds, safetensors
from shared_memory import KINDS, Client
from transports import faults, peak

SETTINGS = {"strategy": "llava-onevision-7b@0.25", "timing": False}
SMALL = b'{"items":[{"input_tokens":4,"layout":{"kind":"grid","rows":2,"columns":2}}],' \
    b'"strategy":{"recycling":"none","stages":[{"layer":0,"retain_ratio":0.5}]}}'


class Service:
    """The service on a Unix socket."""

    def __init__(self, program, *flags, largest="1GiB"):
        self.folder = tempfile.mkdtemp()
        self.path = self.folder + "/socket"
        self.process = subprocess.Popen(
            [program, "serve", "--port", "", "--unix-socket", self.path, "--log-level", "error",
             "--store", "memory:", "--maximum-body-bytes", largest, *flags],
            stdout=subprocess.PIPE, text=True)
        self.process.stdout.readline()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(60)

    @property
    def pid(self):
        return self.process.pid


def attention(count, heads=0):
    """Columns that differ, as halves."""
    row = numpy.random.default_rng(7).random(count, numpy.float32) ** 8
    halves = (row / row.sum()).astype(numpy.float16)
    shape = [1, heads, count, count] if heads else [1, count, count]
    return ("attention", "F16", shape, numpy.broadcast_to(halves, shape).tobytes())


def importance(count):
    values = numpy.random.default_rng(7).random(count, numpy.float32) ** 8
    return ("importance", "F32", [1, count], values.tobytes())


def tokens(count, width):
    rows = numpy.random.default_rng(7).standard_normal((count, width), numpy.float32)
    return ("tokens", "F16", [1, count, width], rows.astype(numpy.float16).tobytes())


def cost(client, pid, tensors, settings=None):
    """Median processor time of the service, in seconds; and the size of the body."""
    if tensors:
        body = safetensors(tensors, settings or SETTINGS)
        prepared = client.head("POST /v1/prune", body, KINDS["safetensors"]), body
    else:
        prepared = client.head("POST /v1/plan", SMALL, KINDS["json"]), SMALL
    rounds = max(3, min(300, int(6e7 / len(prepared[1]))))
    times = []
    for turn in range(6):
        before = cpu_seconds(pid)
        for _ in range(rounds):
            client.request(prepared)
        if turn:
            times.append((cpu_seconds(pid) - before) / rounds)
    return statistics.median(times), len(prepared[1])


def images(program):
    """Table 1."""
    jobs = {
        "nothing (a plan of four tokens)": [],
        "importance": [importance(729)],
        "head mean F16": [attention(729)],
        "head mean F16 and tokens [729,3584]": [attention(729), tokens(729, 3584)],
        "attention of 16 heads F16": [attention(729, 16)],
    }
    print("| in | bytes in | CPU per request | requests per core and second | core hours per million |")
    print("|---|---|---|---|---|")
    with Service(program) as service:
        client = Client(service.path)
        for name, tensors in jobs.items():
            seconds, size = cost(client, service.pid, tensors)
            print(f"| {name} | {size:,} | {seconds * 1e6:.0f} µs | {1 / seconds:,.0f} "
                  f"| {seconds * 1e6 / 3600:.3f} |", flush=True)


def growth(program):
    """Table 2."""
    print("\n| tokens | in | bytes in | CPU | per token | per element in |\n|---|---|---|---|---|---|")
    with Service(program) as service:
        client = Client(service.path)
        for side in (24, 32, 48, 64, 96, 128):
            count = side * side
            jobs = {
                "importance": ([importance(count)], count),
                "importance and tokens of width 1024":
                    ([importance(count), tokens(count, 1024)], count * 1024),
                "head mean F16": ([attention(count)], count * count),
            }
            for name, (tensors, elements) in jobs.items():
                seconds, size = cost(client, service.pid, tensors)
                print(f"| {count} | {name} | {size:,} | {seconds * 1e6:.0f} µs "
                      f"| {seconds / count * 1e9:.0f} ns | {seconds / elements * 1e9:.2f} ns |",
                      flush=True)


def answers(path, prepared, rounds, counts):
    """One client of the third table."""
    head, body = prepared
    sink = bytearray(1 << 20)
    for _ in range(rounds):
        client = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        client.connect(path)
        try:
            client.sendall(head)
            client.sendall(body)
        except OSError:
            pass  # refused before its end; the answer is there
        try:
            told = client.recv(12)
        except OSError:
            told = b""
        try:
            while told and client.recv_into(sink) > 0:
                pass
        except OSError:
            pass
        counts.append(told[9:12].decode() or "reset")
        client.close()


def residency(program):
    """Table 3."""
    count, width = 7371, 3584
    body = safetensors(
        [importance(count), tokens(count, width)],
        {"strategy": {"recycling_cell_size": 15.58, "layers": 28,
                      "stages": [{"layer": 0, "retain_ratio": 0.25}]}, "timing": False,
         "layout": {"kind": "grid", "rows": 27, "columns": 273}})
    head = (f"POST /v1/prune HTTP/1.1\r\nHost: x\r\nContent-Type: {KINDS['safetensors']}\r\n"
            f"Connection: close\r\nContent-Length: {len(body)}\r\n\r\n").encode()
    print(f"\n| in-flight ceiling | pool | round | answers to 32 clients with {len(body) / 1e6:.0f} MB each "
          "| largest resident size | page faults | per MB in |\n|---|---|---|---|---|---|---|")
    for ceiling, pool in (("256MiB", ""), ("2GiB", ""), ("2GiB", "256MiB")):
        with Service(program, "--in-flight-bytes", ceiling, "--buffer-pool-bytes", pool, "--queue-wait-seconds", "60",
                     "--client-share-percent", "100", "--maximum-json-body-bytes", "16MiB",
                     "--maximum-chunked-body-bytes", "16MiB", largest="128MiB") as service:
            for turn in (1, 2, 3):
                counts, before = [], faults(service.pid)
                threads = [
                    threading.Thread(target=answers, args=(service.path, (head, body), 1, counts))
                    for _ in range(32)]
                for thread in threads:
                    thread.start()
                for thread in threads:
                    thread.join()
                told = ", ".join(f"{counts.count(status)} x {status}" for status in sorted(set(counts)))
                paged = faults(service.pid) - before
                good = max(counts.count("200"), 1) * len(body) / 1e6
                print(f"| {ceiling} | {pool or 'none'} | {turn} | {told} | {peak(service.pid):.0f} MB | {paged} "
                      f"| {paged / good:.1f} |", flush=True)


def heads(program):
    """Table 4."""
    print("\n| attention of 16 heads | bytes in | CPU | memory before | largest resident size |")
    print("|---|---|---|---|---|")
    for count in (729, 2880):
        with Service(program) as service:
            client = Client(service.path)
            cost(client, service.pid, [])
            before = peak(service.pid)
            layout = {"kind": "grid", "rows": 1, "columns": count}
            seconds, size = cost(
                client, service.pid, [attention(count, 16)], dict(SETTINGS, layout=layout))
            print(f"| {count} tokens | {size:,} | {seconds * 1e3:.1f} ms | {before:.0f} MB "
                  f"| {peak(service.pid):.0f} MB |", flush=True)


def main():
    program = sys.argv[1] if len(sys.argv) > 1 else str(ROOT / ".build/release/vflowopt")
    images(program)
    growth(program)
    residency(program)
    heads(program)


if __name__ == "__main__":
    main()
