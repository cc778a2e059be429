#!/usr/bin/env python3
"""The service against FastAPI + torch doing the same selection: throughput per core, in one run.

    python3 Benchmarks/Peers/torch_service.py .build/release/vflowopt [SECONDS]

Both servers have core 0 and one worker; wrk, on core 1, posts the same body again and again. CPU
per request is the server's own user and system time, so the column tells requests per core also
where the client is slower than the server. Before anything is timed, both answers must name the
same retained indices. Our server lets requests wait (--queue-wait-seconds 60) and one client have
everything (--client-share-percent 100), like the peer, which refuses nobody: with the defaults some
of 32 connections are refused, as an overload should be. Needs wrk (Debian) and fastapi, uvicorn,
torch, numpy and safetensors (PyPI) in the interpreter that runs this.
"""

import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import time
import urllib.request

import numpy as np

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / "Benchmarks"))
from service import cpu_seconds, safetensors  # noqa: E402  pylint: disable=wrong-import-position

STRATEGY = {"strategy": "llava-onevision-7b@0.25", "timing": False}
TYPE = "application/vnd.safetensors"


def attention(generator, heads, count):
    """Rows that sum to one, with a few columns that collect most of the attention."""
    weight = generator.random((heads, count, count), dtype=np.float32) ** 6
    weight[:, :, generator.integers(0, count, 8)] += count / 4
    return (weight / weight.sum(-1, keepdims=True)).astype(np.float16)


def bodies():
    """The jobs by name."""
    generator = np.random.default_rng(11)
    mean = attention(generator, 1, 729)
    heads = attention(generator, 16, 729)
    tokens = generator.standard_normal((1, 729, 3584)).astype(np.float16)
    part = lambda name, array: (name, "F16", list(array.shape), array.tobytes())
    return {
        "head mean in, indices out": safetensors([part("attention", mean)], STRATEGY),
        "head mean and tokens [729,3584] in, tokens out": safetensors(
            [part("attention", mean), part("tokens", tokens)], STRATEGY
        ),
        "attention [16,729,729] in, indices out": safetensors(
            [part("attention", heads[None])], STRATEGY
        ),
    }


def indices(body):
    """The retained indices of an answer."""
    length = int.from_bytes(body[:8], "little")
    header = json.loads(body[8 : 8 + length])
    name = next(name for name in header if name.endswith("retained_indices"))
    begin, end = header[name]["data_offsets"]
    return np.frombuffer(body[8 + length + begin : 8 + length + end], "<i4")


def post(url, body):
    """One request."""
    request = urllib.request.Request(url, body, {"Content-Type": TYPE, "Accept": TYPE})
    with urllib.request.urlopen(request, timeout=60) as answer:
        return answer.read()


class Server:
    """A server process on core 0."""

    def __init__(self, name, command, path, port):
        self.name, self.url = name, f"http://127.0.0.1:{port}{path}"
        environment = dict(os.environ, OMP_NUM_THREADS="1", MKL_NUM_THREADS="1")
        self.process = subprocess.Popen(
            ["taskset", "-c", "0", *command], env=environment, stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,  # clients that leave at the end of a round
        )
        for _ in range(300):
            try:
                urllib.request.urlopen(f"http://127.0.0.1:{port}/livez", timeout=1)
            except urllib.error.HTTPError:
                return
            except OSError:
                time.sleep(0.1)
                continue
            return

    def load(self, folder, body, connections, seconds):
        """Requests a second, CPU seconds per request and 99th percentile under wrk."""
        pathlib.Path(folder, "body").write_bytes(body)
        script = pathlib.Path(folder, "post.lua")
        script.write_text(
            f'local f = io.open("{folder}/body", "rb")\nwrk.method = "POST"\n'
            f'wrk.body = f:read("*a")\nwrk.headers["Content-Type"] = "{TYPE}"\n'
            f'wrk.headers["Accept"] = "{TYPE}"\n',
            encoding="ascii",
        )
        before = cpu_seconds(self.process.pid)
        done = subprocess.run(
            ["taskset", "-c", "1", "wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--latency",
             "--timeout", "60s", "-s", str(script), self.url],
            capture_output=True, text=True, check=True,
        ).stdout
        used = cpu_seconds(self.process.pid) - before
        if "Non-2xx" in done:
            sys.exit(f"{self.name}: {done}")
        count = int(re.search(r"(\d+) requests in", done).group(1))
        tail = re.search(r"99%\s+(\S+)", done).group(1)
        return count / seconds, used / max(count, 1), tail


def main():
    """Prints the table."""
    program = sys.argv[1] if len(sys.argv) > 1 else str(ROOT / ".build/release/vflowopt")
    seconds = int(sys.argv[2]) if len(sys.argv) > 2 else 5
    ours = Server(
        "vflowopt",
        [program, "serve", "--port", "18081", "--threads", "1", "--log-level", "error",
         "--queue-wait-seconds", "60", "--client-share-percent", "100"],
        "/v1/prune", 18081,
    )
    theirs = Server(
        "FastAPI + torch",
        [sys.executable, "-m", "uvicorn", "--app-dir", str(ROOT / "Benchmarks/Peers"),
         "torch_app:app", "--port", "18082", "--log-level", "error", "--no-access-log"],
        "/prune", 18082,
    )
    try:
        print("| job | connections | vflowopt | FastAPI + torch | CPU per request, theirs ÷ ours |")
        print("|---|---|---|---|---|")
        with tempfile.TemporaryDirectory() as folder:
            for name, body in bodies().items():
                same = np.array_equal(indices(post(ours.url, body)), indices(post(theirs.url, body)))
                if not same:
                    sys.exit(f"{name}: the answers differ")
                for connections in (1, 8, 32):
                    rows = [server.load(folder, body, connections, seconds) for server in (ours, theirs)]
                    cells = [
                        f"{rate:.0f}/s, {cpu * 1e6:.0f} µs CPU, p99 {tail}" for rate, cpu, tail in rows
                    ]
                    ratio = rows[1][1] / rows[0][1]
                    print(f"| {name} | {connections} | {' | '.join(cells)} | {ratio:.1f} |", flush=True)
    finally:
        for server in (ours, theirs):
            server.process.terminate()
            server.process.wait(40)


if __name__ == "__main__":
    main()
