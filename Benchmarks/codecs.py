#!/usr/bin/env python3
"""Prints one table: reading tensors and request heads, beside what Python services use for it.

    python3 Benchmarks/codecs.py [path to the executable]

The same bytes for all, on one thread, medians: head-mean attention of 729 tokens in F16 as safetensors and as JSON
with base64, and 27 x 729 numbers as JSON. Peers: safetensors with numpy, json, orjson. Heads are twelve fields, no two
alike: ours are parsed, routed and answered by the service, 64 pipelined at a time, told as its processor
time; the peer is httptools (llhttp under Python, as uvicorn has it), which only parses them into a dictionary.
What is not installed is left out.
"""
import base64
import importlib.util
import json
import pathlib
import socket
import subprocess
import sys
import tempfile
import time

import numpy

from service import ROOT, cpu_seconds, safetensors
from timing import median

SIZE, BATCH, ROUNDS = 729, 64, 31


def contents():
    """The files by name."""
    random = numpy.random.default_rng(7)
    half = random.random((1, SIZE, SIZE)).astype(numpy.float16)
    single = random.random((27, SIZE), numpy.float32)
    encoded = {"dtype": "F16", "shape": list(half.shape), "base64": base64.b64encode(half).decode()}
    numbers = {"dtype": "F32", "shape": list(single.shape), "data": single.tolist()}
    return {"file": safetensors([("attention", "F16", list(half.shape), half.tobytes())], {"strategy": "x"}),
            "base64": json.dumps({"attention": encoded}).encode(),
            "numbers": json.dumps({"attention": numbers}).encode()}


def has(module):
    return importlib.util.find_spec(module) is not None


def peers(files):
    """Seconds by peer and file."""
    def array(loads, name):
        tensor = loads(files[name])["attention"]
        if name == "numbers":
            return numpy.array(tensor["data"], numpy.float32)
        return numpy.frombuffer(base64.b64decode(tensor["base64"]), numpy.float16).reshape(tensor["shape"])

    loaders = {"json": json.loads}
    if has("orjson"):
        loaders["orjson"] = importlib.import_module("orjson").loads
    found = {}
    for peer, loads in loaders.items():
        for name in ("base64", "numbers"):
            found[peer, name] = median(lambda loads=loads, name=name: array(loads, name), ROUNDS)
    if has("safetensors"):
        load = importlib.import_module("safetensors.numpy").load
        found["safetensors", "file"] = median(lambda: load(files["file"])["attention"], ROUNDS)
    if has("httptools"):
        found["httptools", "heads"] = median(lambda: parsed(heads(0)), ROUNDS) / BATCH
    return found


def heads(turn):
    """Heads that differ from all before."""
    fields = "".join(f"X-Field-Number-{n}: some value of a usual length {n}\r\n" for n in range(9))
    return [(f"GET /livez HTTP/1.1\r\nHost: localhost:8080\r\nUser-Agent: benchmark/1.0\r\n"
             f"X-Request-Id: heads-{turn:08}-{n:04}\r\n{fields}\r\n").encode() for n in range(BATCH)]


def parsed(batch):
    """What a Python server does with heads before anything else."""
    parser = importlib.import_module("httptools").HttpRequestParser

    class Head:
        def __init__(self):
            self.fields, self.url = {}, b""

        def on_url(self, url):
            self.url += url

        def on_header(self, name, value):
            self.fields[name.lower()] = value

    for text in batch:
        head = Head()
        parser(head).feed_data(text)
    return head.fields


def served(program, seconds=1.5):
    """Processor seconds of the service per head."""
    process = subprocess.Popen(
        [program, "serve", "--port", "0", "--threads", "1", "--log-level", "error", "--store", "memory:"],
        stdout=subprocess.PIPE, text=True)
    port = int(process.stdout.readline().rsplit(":", 1)[1])
    count, turn = 0, 0
    with socket.create_connection(("127.0.0.1", port)) as peer:
        before, end = cpu_seconds(process.pid), time.monotonic() + seconds
        while time.monotonic() < end:
            peer.sendall(b"".join(heads(turn)))
            turn, answers = turn + 1, b""
            while answers.count(b"HTTP/1.1 200") < BATCH or not answers.endswith(b"}"):
                answers += peer.recv(1 << 16)
            count += BATCH
        used = cpu_seconds(process.pid) - before
    process.terminate()
    process.wait(30)
    return used / count


def main():
    program = sys.argv[1] if len(sys.argv) > 1 else str(ROOT / ".build/release/vflowopt")
    package = ROOT / "Benchmarks"
    subprocess.run(["swift", "build", "-c", "release", "--package-path", package, "--product", "CodecBenchmarks"],
                   check=True, stdout=subprocess.DEVNULL)
    files = contents()
    with tempfile.TemporaryDirectory() as folder:
        for name, content in files.items():
            pathlib.Path(folder, name).write_bytes(content)
        told = subprocess.run([package / ".build/release/CodecBenchmarks", folder], check=True, capture_output=True,
                              text=True).stdout
    rows = [json.loads(line) for line in told.splitlines()]
    size = len(heads(0)[0])
    rows.append({"name": "heads", "seconds": served(program), "bytes": size})
    times = peers(files)
    titles = {"file": "safetensors, F16 [1,729,729]", "base64": "JSON, the same in base64",
              "numbers": "JSON, numbers [27,729]", "heads": f"a head of {size} bytes, and its answer"}
    print("| what is read | bytes | µs | GB/s | peers ÷ ours |\n|---|---|---|---|---|")
    for row in rows:
        ratios = [f"{peer} {seconds / row['seconds']:.1f}" for (peer, name), seconds in times.items()
                  if name == row["name"]]
        print(f"| {titles[row['name']]} | {row['bytes']} | {row['seconds'] * 1e6:.1f} "
              f"| {row['bytes'] / row['seconds'] / 1e9:.2f} | {', '.join(ratios) or '–'} |")


if __name__ == "__main__":
    main()
