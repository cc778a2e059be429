"""What reading tensors and request heads takes, ours and what Python services use for it.

Benchmarks/codecs.py tells what the rows are. It is apart because `codecs` is a module of Python's own.
"""
import base64
import json
import pathlib
import socket
import subprocess
import sys
import tempfile
import time

import numpy

from run import HERE, built, rows
from service import cpu_seconds, safetensors

SIZE, BATCH = 729, 64


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


def heads(turn):
    """Heads that differ from all before."""
    fields = "".join(f"X-Field-Number-{n}: some value of a usual length {n}\r\n" for n in range(9))
    return [(f"GET /livez HTTP/1.1\r\nHost: localhost:8080\r\nUser-Agent: benchmark/1.0\r\n"
             f"X-Request-Id: heads-{turn:08}-{n:04}\r\n{fields}\r\n").encode() for n in range(BATCH)]


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


def beside(files, ours, python):
    """Rows with seconds by peer as `peers`, if there is a Python for them; `ours` makes them of a folder's files."""
    with tempfile.TemporaryDirectory() as folder:
        for name, content in files.items():
            pathlib.Path(folder, name).write_bytes(content)
        found = ours(folder)
        theirs = python and rows([python, HERE / "Peers/reading.py", folder]) or []
    for row in found:
        yield {**row, "peers": {peer["peer"]: peer["seconds"] for peer in theirs if peer["name"] == row["name"]}}


def tensors(python=sys.executable):
    """A row per file of tensors."""
    titles = {"file": "safetensors, F16 [1,729,729]", "base64": "JSON, the same in base64",
              "numbers": "JSON, numbers [27,729]"}
    program = built("CodecBenchmarks")
    for row in beside(contents(), lambda folder: rows([program, folder]) or sys.exit(1), python):
        yield {**row, "title": titles[row["name"]]}


def parsers(program, python=sys.executable):
    """A row for heads."""
    batch = heads(0)
    row = {"name": "heads", "title": f"a head of {len(batch[0])} bytes, and its answer",
           "bytes": len(batch[0]), "batch": BATCH}
    return beside({"heads": b"".join(batch)}, lambda _: [{**row, "seconds": served(program)}], python)
