#!/usr/bin/env python3
"""Measures what shared memory saves: the same image by Unix socket, memfd and POSIX object.

    python3 Benchmarks/shared_memory.py [path to the vflowopt executable]

Table 1: one image of 729 tokens, head-mean attention in F16, indices out; server CPU per request from
/proc, round trips from the client. The floor of a row is what must happen: for bytes on a socket a
bare loop that receives them, and everywhere one pass over them at memory bandwidth.
Table 2: 7371 x 3584 tokens in F16 and their importance in shared memory, a quarter of the tokens out
into shared memory, against a floor of the bytes that must move: the tokens are read once to be
checked, and the rows of the answer written; that is a pass of numpy over the tokens and a copy of as
many bytes as the answer has. Ways alternate within one run; medians are printed.
"""
import fcntl
import json
import mmap
import os
import pathlib
import random
import signal
import socket
import statistics
import struct
import subprocess
import sys
import tempfile
import time

import numpy

from service import ROOT, cpu_seconds, safetensors

F_ADD_SEALS, F_SEAL_SHRINK, F_SEAL_GROW, F_SEAL_FUTURE_WRITE = 1033, 2, 4, 16
STRATEGY = "llava-onevision-7b@0.25"
KINDS = {"safetensors": "application/vnd.safetensors", "json": "application/json"}


class Region:
    """A memfd or a POSIX object, mapped."""

    def __init__(self, size, name=None, seals=0):
        self.size, self.name = size, name
        if name:
            self.descriptor = os.open("/dev/shm/" + name, os.O_RDWR | os.O_CREAT, 0o600)
        else:
            self.descriptor = os.memfd_create("benchmark", os.MFD_ALLOW_SEALING | os.MFD_CLOEXEC)
        os.posix_fallocate(self.descriptor, 0, size)
        self.memory = mmap.mmap(self.descriptor, size)
        if not name:
            fcntl.fcntl(self.descriptor, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | seals)

    def registration(self):
        place = {"key": "/" + self.name} if self.name else {"memfd": 0}
        return json.dumps({**place, "byte_size": self.size}).encode()


class Client:
    """One connection over the Unix socket, with as little Python per request as possible."""

    def __init__(self, path):
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.socket.connect(path)
        self.buffer = bytearray(64 << 20)

    def head(self, line, body, kind):
        return (f"{line} HTTP/1.1\r\nHost: x\r\nContent-Type: {kind}\r\n"
                f"Content-Length: {len(body)}\r\n\r\n").encode()

    def register(self, name, region):
        body = region.registration()
        head = self.head(f"PUT /v1/shared-memory/{name}", body, KINDS["json"])
        if region.name:
            self.socket.sendall(head + body)
        else:
            socket.send_fds(self.socket, [head + body], [region.descriptor])
        self.answer()

    def answer(self):
        """The bytes of one answer; any status but 200 and 201 ends the run."""
        view, got = memoryview(self.buffer), 0
        while (end := self.buffer.find(b"\r\n\r\n", 0, got)) < 0:
            got += self.socket.recv_into(view[got:])
        head = bytes(self.buffer[:end]).lower()
        start = head.index(b"content-length: ") + 16
        length = int(head[start:].split(b"\r\n", 1)[0])
        while got < end + 4 + length:
            got += self.socket.recv_into(view[got:])
        body = bytes(self.buffer[end + 4:end + 4 + length])
        if head[9:12] not in (b"200", b"201"):
            sys.exit(f"{head[:12]}: {body[:400]}")
        return body

    def request(self, prepared):
        """Sends a prepared (head, body) and waits for the answer."""
        begin = time.perf_counter()
        head, body = prepared
        if len(body) < 4096:
            self.socket.sendall(head + body)
        else:
            self.socket.sendall(head)
            self.socket.sendall(body)
        answer = self.answer()
        return time.perf_counter() - begin, answer


def start(executable, folder):
    path = str(pathlib.Path(folder, "socket"))
    server = subprocess.Popen(
        [executable, "serve", "--port", "", "--unix-socket", path, "--log-level", "error",
         "--shared-memory-memfd", "on", "--shared-memory-prefix", "/vflowopt-benchmark-"],
        stdout=subprocess.PIPE, text=True)
    server.stdout.readline()
    return server, path


def place(region, offset, size):
    return {"region": region, "offset": offset, "byte_size": size}


def measure(client, pid, ways, rounds, batch):
    """CPU per request and sorted round trips per way, the ways in turns of `batch` requests."""
    results = {name: ([], []) for name in ways}
    for turn in range(rounds // batch + 1):
        for name, prepared in ways.items():
            before, trips = cpu_seconds(pid), []
            for _ in range(batch):
                trips.append(client.request(prepared)[0])
            if turn:
                results[name][0].append((cpu_seconds(pid) - before) / batch)
                results[name][1].extend(trips)
    return {name: (statistics.median(cpu), sorted(trips)) for name, (cpu, trips) in results.items()}


def socket_floor(size, rounds):
    """CPU per message of a process that receives them in one buffer and answers 8 KiB."""
    folder = tempfile.mkdtemp()
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    listener.bind(folder + "/floor")
    listener.listen()
    child = os.fork()
    if child == 0:
        peer, _ = listener.accept()
        buffer = memoryview(bytearray(size))
        while True:
            got = 0
            while got < size:
                count = peer.recv_into(buffer[got:], min(size - got, 1 << 20))
                if not count:
                    os._exit(0)
                got += count
            peer.sendall(b"x" * 8192)
    client = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    client.connect(folder + "/floor")
    message = bytes(size)
    for turn in range(rounds + 50):
        if turn == 50:
            before = cpu_seconds(child)
        client.sendall(message)
        client.recv(8192, socket.MSG_WAITALL)
    cpu = (cpu_seconds(child) - before) / rounds
    client.close()
    os.waitpid(child, 0)
    return cpu


def seconds(action, rounds):
    """Processor time of one thread, as the server's is counted; the best of many, as for a floor."""
    times = []
    for _ in range(rounds):
        begin = time.thread_time()
        action()
        times.append(time.thread_time() - begin)
    return min(times)


def images(client, pid):
    """Table 1."""
    generator = random.Random(7)
    row = [generator.random() ** 8 for _ in range(729)]
    data = struct.pack("<729e", *(value / sum(row) for value in row)) * 729
    settings = {"strategy": STRATEGY}
    body = safetensors([("attention", "F16", [1, 729, 729], data)], settings)
    ways = {"safetensors over the Unix socket": (
        client.head("POST /v1/prune", body, KINDS["safetensors"]), body)}
    regions = {"memfd": Region(len(data), seals=F_SEAL_FUTURE_WRITE),
               "object": Region(len(data), "vflowopt-benchmark-a")}
    for name, region in regions.items():
        region.memory[:] = data
        client.register(name, region)
        for answer, kind in (("JSON", ""), ("safetensors", "Accept: application/vnd.safetensors\r\n")):
            body = json.dumps({**settings, "attention": {
                "dtype": "F16", "shape": [1, 729, 729],
                "shared_memory": place(name, 0, len(data))}}).encode()
            head = client.head("POST /v1/prune", body, KINDS["json"])
            ways[f"{name}, answer in {answer}"] = (
                head.replace(b"Host: x\r\n", b"Host: x\r\n" + kind.encode()), body)
    small = b'{"items":[{"input_tokens":4,"layout":{"kind":"grid","rows":2,"columns":2}}],' \
        b'"strategy":{"recycling":"none","stages":[{"layer":0,"retain_ratio":0.5}]}}'
    ways["a plan of four tokens (an empty request)"] = (
        client.head("POST /v1/plan", small, KINDS["json"]), small)
    results = measure(client, pid, ways, 3000, 100)
    floor = socket_floor(len(data), 2000)
    memory = numpy.frombuffer(regions["memfd"].memory, numpy.uint8)
    target = numpy.empty_like(memory)
    copied = seconds(lambda: numpy.copyto(target, memory), 2000)
    print("| one image, 729 tokens, head-mean F16 in, indices out | server CPU | p50 | p99 |")
    print("|---|---|---|---|")
    for name, (cpu, trips) in results.items():
        print(f"| {name} | {cpu * 1e6:.0f} µs | {statistics.median(trips) * 1e6:.0f} µs "
              f"| {trips[len(trips) * 99 // 100] * 1e6:.0f} µs |")
    print(f"| floor: bare loop that receives these bytes | {floor * 1e6:.0f} µs | | |")
    print(f"| floor: memcpy of these bytes | {copied * 1e6:.0f} µs | | |")


def tokens(client, pid):
    """Table 2."""
    count, width = 7371, 3584
    size = count * width * 2
    at = 64 * 1024
    layout = {"kind": "grid", "rows": 27, "columns": 273}
    strategy = {"recycling_cell_size": 15.58, "layers": 28,
                "stages": [{"layer": 0, "retain_ratio": 0.25}]}
    generator = numpy.random.default_rng(7)
    importance = generator.random(count).astype(numpy.float32)
    rows = generator.standard_normal((count, width)).astype(numpy.float16)
    ways, regions, outputs = {}, {}, {}
    for name, given in (("memfd", None), ("object", "vflowopt-benchmark-b")):
        # What is read where it lies is sealed; what is written has a region of its own.
        region = regions[name] = Region(
            at + size, given, seals=0 if given else F_SEAL_FUTURE_WRITE)
        target = outputs[name] = Region(size, given and given + "-out")
        region.memory[:importance.nbytes] = importance.tobytes()
        numpy.frombuffer(region.memory, numpy.float16, count * width, at)[:] = rows.ravel()
        client.register(name, region)
        client.register(name + "-out", target)
        body = json.dumps({
            "strategy": strategy, "layout": layout, "return": ["tokens", "indices"],
            "importance": {"dtype": "F32", "shape": [1, count],
                           "shared_memory": place(name, 0, importance.nbytes)},
            "tokens": {"dtype": "F16", "shape": [1, count, width],
                       "shared_memory": place(name, at, size)},
            "output_shared_memory": place(name + "-out", 0, size)}).encode()
        ways[name] = (client.head("POST /v1/prune", body, KINDS["json"]), body)
    body = safetensors(
        [("importance", "F32", [1, count], importance.tobytes()),
         ("tokens", "F16", [1, count, width], rows.tobytes())],
        {"strategy": strategy, "layout": layout, "return": ["tokens", "indices"]})
    ways["safetensors over the Unix socket"] = (
        client.head("POST /v1/prune", body, KINDS["safetensors"]), body)
    answer = json.loads(client.request(ways["memfd"])[1])["items"][0]
    kept = answer["tokens"]["shape"][0]
    results = measure(client, pid, ways, 30, 3)
    shared = numpy.frombuffer(regions["memfd"].memory, numpy.uint64, size // 8, at)
    moved = kept * width * 2
    source = numpy.frombuffer(regions["memfd"].memory, numpy.uint8, moved, at)
    target = numpy.ndarray((moved,), numpy.uint8, outputs["memfd"].memory, 0)
    read = seconds(lambda: numpy.bitwise_or.reduce(shared), 15)
    written = seconds(lambda: numpy.copyto(target, source), 15)
    floor = read + written
    print(f"\n| {count} x {width} F16 tokens in, {kept} rows out | server CPU | p50 | of the floor |")
    print("|---|---|---|---|")
    for name, (cpu, trips) in results.items():
        p50 = statistics.median(trips)
        print(f"| {name} | {cpu * 1e3:.1f} ms | {p50 * 1e3:.1f} ms | {cpu / floor:.2f} |")
    print(f"| floor: read {size / 1e6:.0f} MB once | {read * 1e3:.1f} ms "
          f"| {size / read / 1e9:.1f} GB/s | |")
    print(f"| floor: copy {moved / 1e6:.0f} MB | {written * 1e3:.1f} ms "
          f"| {moved / written / 1e9:.1f} GB/s | |")
    print(f"| floor | {floor * 1e3:.1f} ms | | 1 |")


def main():
    executable = sys.argv[1] if len(sys.argv) > 1 else str(ROOT / ".build/release/vflowopt")
    with tempfile.TemporaryDirectory() as folder:
        server, path = start(executable, folder)
        try:
            images(Client(path), server.pid)
            tokens(Client(path), server.pid)
        finally:
            for name in ("a", "b", "b-out"):
                pathlib.Path("/dev/shm/vflowopt-benchmark-" + name).unlink(missing_ok=True)
            server.send_signal(signal.SIGTERM)
            server.wait(timeout=60)


if __name__ == "__main__":
    main()
